"""Documents for harvest parts, and the law that every pair keeps."""

from pathlib import Path

from hypothesis import strategies as st

from gristmill.records import Document, Source

DATA = Path(__file__).parents[1] / "data" / "harvest"
SOURCE = Source(path="a.md", sha256="0" * 64, media_type="text/markdown")
LINES = [
    "# What is a mill?",
    "## Glossary",
    "### How do I grind grain",
    "What is a mill",
    "=====",
    "**Why is it round?**",
    "1. Can I eat flour?",
    "   It is food, and good for bread.",
    "- **Flour**: grain that a mill has ground",
    "mill stone",
    ": the stone that grinds the grain",
    "| Term | Definition |",
    "|---|---|",
    "| Bran \\| husk | the hard outer layer of grain |",
    '"Miller" means the person who runs a mill.',
    "Q: What does a miller do?",
    "A: He runs the mill all day.",
    "Customer: Where is my flour?",
    "Agent: It is on its way to you.",
    "??? question",
    "    # How do I mill?",
    "    Slowly, said the miller.",
    "```",
    "---",
    "",
    "",
    "什么是面粉？",
    "\r",
    ": ",
    "|",
    "Q:",
]
pages = st.one_of(st.text(), st.lists(st.sampled_from(LINES), max_size=30).map("\n".join))


def document(text, title=""):
    return Document(text=text, source=SOURCE, title=title)


def file(name):
    return document((DATA / name).read_text("utf-8"))


def found(part, text, title=""):
    return [(pair.question, pair.answer) for pair in part.harvest(document(text, title))]


def assert_pairs_are_cut_out(part, text):
    page = document(text)
    for pair in part.harvest(page):
        assert pair.question.strip() == pair.question != ""
        assert pair.answer.strip() == pair.answer != ""
        assert text[pair.answer_span.start : pair.answer_span.end] == pair.answer
        assert text[pair.context_span.start : pair.context_span.end] == pair.context
        assert pair.context_span.start <= pair.answer_span.start
        assert pair.answer_span.end <= pair.context_span.end
        assert pair.answer_span.document_id == pair.context_span.document_id == page.id
