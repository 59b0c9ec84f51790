"""The project's own Markdown pages, and what stands in them: code blocks, commands, links, headings."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "AGENTS.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += sorted((ROOT / "benchmarks").glob("*.md")) + sorted((ROOT / "examples").glob("*/*.md"))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


class Block(NamedTuple):
    """A fenced code block: where it stands, its language, its text."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*languages: str) -> list[Block]:
    """The code blocks of these languages in all pages."""
    return [block for page in PAGES for block in blocks_of(page) if block.language in languages]


def blocks_of(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for match in _FENCE.finditer(text):
        yield Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2])


def prose(page: Path) -> str:
    """A page without its code blocks and comments."""
    return _COMMENT.sub("", _FENCE.sub("", page.read_text("utf-8")))


def commands() -> list[tuple[str, str]]:
    """Every `gristmill …` in shell blocks and in the prose: where, and the line from `gristmill` on."""
    found = []
    for block in blocks("sh"):
        for line in block.text.splitlines():
            if match := re.match(r"(?:\$ )?(?:\S*/)?(gristmill .*)", line):
                found.append((block.where, match[1]))
    for page in PAGES:
        for code in _CODE.findall(prose(page)):
            if code.startswith("gristmill "):
                found.append((page.relative_to(ROOT).as_posix(), code))
    return found


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}
