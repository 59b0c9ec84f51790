"""A tiny GGUF file of random token vectors and a byte-level vocabulary, for embedders to read."""

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import pre_tokenizers

WIDTH = 32
SEEDS = {"one": 1, "two": 2}


def vectors_file(folder: Path, name: str) -> str:
    """The path of a model of letters and words of the name's own random vectors."""
    path = folder / f"{name}.gguf"
    if not path.exists():
        words = "the a dog cat red blue is was opens closed harbour fire town not good bad fine film dull".split()
        path.write_bytes(gguf(words, seed=SEEDS.get(name, 0)))
    return str(path)


def gguf(words: Sequence[str] = (), form: int = 0, seed: int = 0, **changed: Any) -> bytes:
    """The file's bytes; `form` is 0 for F32, 1 for F16, 8 for Q8_0; `changed` replaces keys of the vocabulary."""
    tokens, merges = vocabulary(words)
    table = np.random.default_rng(seed).standard_normal((len(tokens), WIDTH)).astype(np.float32)
    keys = {"model": "gpt2", "tokens": tokens, "merges": merges, **changed}
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(keys))
    for name, value in keys.items():
        head += text(f"tokenizer.ggml.{name}")
        if isinstance(value, str):
            head += struct.pack("<I", 8) + text(value)
        else:
            head += struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    head += text("token_embd.weight") + struct.pack("<IQQIQ", 2, WIDTH, len(tokens), form, 0)
    return head + bytes(-len(head) % 32) + stored(table, form)


def vocabulary(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tokens and merges of single bytes and of whole words after a space."""
    tokens: Mapping[str, None] = dict.fromkeys(sorted(pre_tokenizers.ByteLevel.alphabet()))
    merges: dict[str, None] = {}
    for word in words:
        made = "Ġ"
        for letter in word:
            merges[f"{made} {letter}"] = None
            made += letter
            tokens = {**tokens, made: None}
    return list(tokens), list(merges)


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def stored(table: Any, form: int) -> bytes:
    if form != 8:
        return bytes(table.astype({0: "<f4", 1: "<f2"}.get(form, "<f2")).tobytes())
    blocks = table.reshape(-1, 32)
    scale = (np.abs(blocks).max(axis=1) / 127).astype("<f2")
    steps = np.round(blocks / scale[:, None].astype(np.float32)).clip(-127, 127).astype("i1")
    return b"".join(one.tobytes() + row.tobytes() for one, row in zip(scale, steps, strict=True))
