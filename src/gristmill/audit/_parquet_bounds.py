"""What a Parquet file claims of itself, told from its footer alone: no page is unpacked."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gristmill.contracts import Bytes
from gristmill.lazy import lazy

pa = lazy("pyarrow")
pq = lazy("pyarrow.parquet")

MAGIC = b"PAR1"
SEALED = b"PARE"
_MOST_FOOTER = 1 << 26
_MOST_CHUNKS = 1_000_000


class FooterBroken(Exception):
    """A footer that contradicts itself or the file; the text says with which numbers."""


class Claims(NamedTuple):
    """Rows, columns, and per column chunk its place, packed size, unpacked size and values."""

    rows: int
    columns: int
    chunks: tuple["Chunk", ...]


class Chunk(NamedTuple):
    """One column of one row group."""

    column: str
    packed: int
    unpacked: int
    values: int


def claims(data: Bytes) -> Claims:
    """What the footer says. Raises FooterBroken."""
    length = int.from_bytes(data[-8:-4], "little")
    if length > len(data) - 12 or length > _MOST_FOOTER:
        raise FooterBroken(f"its footer claims {length:,} bytes, and the file has {len(data):,}")
    try:
        footer = pq.ParquetFile(
            pa.BufferReader(pa.py_buffer(data)), thrift_string_size_limit=1 << 24, thrift_container_size_limit=1 << 20
        ).metadata
        if footer.num_row_groups * footer.num_columns > _MOST_CHUNKS:
            raise FooterBroken(f"it claims {footer.num_row_groups:,} row groups of {footer.num_columns:,} columns")
        chunks = tuple(_chunks(footer, len(data)))
        counted = sum(footer.row_group(index).num_rows for index in range(footer.num_row_groups))
    except (pa.ArrowException, ValueError, OSError, OverflowError, LookupError, RuntimeError) as error:
        raise FooterBroken(str(error).splitlines()[0] if str(error) else type(error).__name__) from None
    if counted != footer.num_rows:
        raise FooterBroken(f"it claims {footer.num_rows:,} rows, and its row groups {counted:,}")
    return Claims(footer.num_rows, footer.num_columns, chunks)


def _chunks(footer: Any, size: int) -> Iterator[Chunk]:
    for index in range(footer.num_row_groups):
        group = footer.row_group(index)
        for number in range(group.num_columns):
            one = group.column(number)
            begin = min(place for place in (one.dictionary_page_offset, one.data_page_offset) if place is not None)
            packed, unpacked = one.total_compressed_size, one.total_uncompressed_size
            if min(begin, packed, unpacked, one.num_values) < 0 or begin + packed > size:
                raise FooterBroken(
                    f"the column {one.path_in_schema[:60]} claims {packed:,} bytes from byte {begin:,} on, "
                    f"{unpacked:,} unpacked"
                )
            yield Chunk(one.path_in_schema, packed, unpacked, one.num_values)
