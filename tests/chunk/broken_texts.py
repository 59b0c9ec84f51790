"""Texts that break chunkers, and the law that every chunker keeps."""

from hypothesis import strategies as st

from gristmill.records import Document, Passage, Source

SOURCE = Source(path="a.md", sha256="0" * 64, media_type="text/markdown")
FRAGMENTS = [
    "# Heading\n",
    "## Sub\r\n\r\n",
    "### \n",
    "Title\n=====\n",
    "```py\n# not a heading\n",
    "```\n",
    "| a | b |\n",
    "---\n",
    "- item\n",
    "    # deep\n",
    '??? question "x"\n',
    "A sentence. Another one? Yes! ",
    "e.g. Dr. Who",
    "\n\n",
    "\r",
    "\r\n",
    "你好。世界!これは文です。",
    "שלום עולם. ",
    "مرحبا؟ ",
    "नमस्ते। ",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "é̂̃",
    "x" * 90,
    "\u2028\x0c\x85\u200b\ufeff",
    "word " * 40,
]
texts = st.one_of(st.text(min_size=1), st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=25).map("".join))


def document(text: str) -> Document:
    return Document(text=text, source=SOURCE, title="A title")


def assert_lossless(text: str, passages: list[Passage], *, overlap: bool = False) -> None:
    rebuilt = ""
    for number, passage in enumerate(passages):
        assert passage.text == text[passage.start : passage.end]
        assert passage.ordinal == number
        assert passage.start <= len(rebuilt) < passage.end
        assert overlap or passage.start == len(rebuilt)
        rebuilt += passage.text[len(rebuilt) - passage.start :]
    assert rebuilt == text
