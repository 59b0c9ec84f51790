"""Bytes of model and table files, whole, for the hostile files to be made of."""

import struct

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq


def gguf(template: str) -> bytes:
    """A GGUF file of a header only, with a chat template behind a list of words."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    words = struct.pack("<IIQ", 9, 8, 3) + text("a") + text("b") + text("c")
    return (
        b"GGUF"
        + struct.pack("<IQQ", 3, 0, 2)
        + (text("tokenizer.ggml.tokens") + words)
        + (text("tokenizer.chat_template") + struct.pack("<I", 8) + text(template))
    )


def parquet(rows: int) -> bytes:
    """A Parquet file with a column of numbers."""
    out = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": list(range(rows))}), out)
    return out.getvalue().to_pybytes()


def arrow(compression: str | None = None) -> bytes:
    """An Arrow file with many zeros."""
    out = pa.BufferOutputStream()
    with ipc.new_file(
        out, pa.schema({"a": pa.int64()}), options=ipc.IpcWriteOptions(compression=compression)
    ) as writer:
        writer.write_table(pa.table({"a": [0] * 100_000}))
    return out.getvalue().to_pybytes()


def sqlite(schema: str) -> bytes:
    """An SQLite header of two pages, with a statement where the schema lies."""
    head = b"SQLite format 3\0" + struct.pack(">H", 512) + bytes(10) + struct.pack(">I", 2)
    return (head.ljust(100, b"\0") + schema.encode()).ljust(1024, b"\0")
