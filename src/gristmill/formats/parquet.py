"""Everything known of each row, as a Parquet table with real types: for hubs and tools."""

from typing import ClassVar

from gristmill.formats._whole import Whole


class Parquet(Whole):
    """A zstd-compressed Parquet table with the columns of `jsonl`; pages carry checksums.

    A column whose values no one type holds as they are is JSON text, and its field is marked `gristmill: json`.
    """

    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)
    suffix: ClassVar[str] = ".parquet"
    endings: ClassVar[tuple[str, ...]] = (".parquet",)
