"""Everything known of each row, as an Arrow table: how hubs' libraries keep data on disk."""

from typing import ClassVar

from gristmill.formats._whole import Whole


class Arrow(Whole):
    """Arrow's file form, with the columns of `jsonl`; its stream form is read too.

    A column whose values no one type holds as they are is JSON text, and its field is marked `gristmill: json`.
    """

    needs: ClassVar[tuple[str, ...]] = ("pyarrow",)
    suffix: ClassVar[str] = ".arrow"
    endings: ClassVar[tuple[str, ...]] = (".arrow",)
