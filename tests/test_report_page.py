"""The page stands alone, runs nothing, and shows hostile text as text."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.report import Count, Report, Sample, Spent, Stage, gather
from gristmill.report_page import render
from gristmill.run import past

sys.path.insert(0, str(Path(__file__).parent))
from told_project import HEBREW, SCRIPT, project

HOSTILE = '</style><script>alert("x")</script><img src=http://x.test/a onerror=alert(1)> ]]> --> &lt; "\' \u202e'
VOID = {"meta", "rect", "br"}
SAMPLE = Sample(
    id="0" * 32, state="kept", split="train", origin="harvest/turns, human", group="a.md", question="Who?",
    answer="Ana", reason="",
)  # fmt: skip


class Seen(HTMLParser):
    """What a browser would make of a page: its tags, their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Report:
    with past(project(tmp_path_factory.getbasetemp())) as store:
        return gather(store, samples=12)


def everywhere(told: Report, text: str) -> Report:
    """A report in which every text that documents, models or recipes bring is this one."""
    sample = replace(SAMPLE, question=text, answer=text, reason=text, group=text, origin=text, state=text)
    stage = Stage(station=text, step=text, kind=text, into=1, made=1, counts=(Count(state=text, items=1, reason=text),))
    policy = replace(stage, step="policy")
    return replace(
        told,
        samples=(sample, replace(sample, split="")),
        stages=(stage, policy),
        makers={text: 1},
        recipe=text,
        task=text,
        state=text,
        spent=(Spent(station=text, step=text, seconds=1.0, items=1, made=1),),
    )


def test_nothing_is_run_and_nothing_is_fetched(told: Report) -> None:
    for page in (render(told), render(everywhere(told, HOSTILE))):
        seen = Seen(page)
        assert not {"script", "img", "link", "iframe", "object", "embed", "form", "a", "base"} & set(seen.tags)
        names = {name for name, _ in seen.attributes}
        assert not {"src", "href", "action", "srcset", "style", "xlink:href"} & names
        assert not [name for name in names if name.startswith("on")]
        style = page[page.index("<style>") : page.index("</style>")]
        assert not re.search(r"url\(|@import|https?:", style)


def test_the_tags_do_not_depend_on_the_texts(told: Report) -> None:
    assert Seen(render(everywhere(told, HOSTILE))).tags == Seen(render(everywhere(told, "plain"))).tags


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_text_stays_text(text: str) -> None:
    report = Report(
        run=1, state="done", started=0.0, ended=1.0, task="t", recipe="", stages=(), spent=(), version=None,
        frozen_in=None, makers={}, answer_words=(), samples=(replace(SAMPLE, answer=f"<{text}>"),), folder="",
    )  # fmt: skip
    seen = Seen(render(report))
    assert seen.open == []
    assert Seen(render(replace(report, samples=(SAMPLE,)))).tags == seen.tags
    assert f"<{text}>".replace("\r\n", "\n").replace("\r", "\n") in seen.text.replace("\r\n", "\n").replace("\r", "\n")


def test_hostile_and_right_to_left_rows_are_shown_as_written(told: Report) -> None:
    page = render(told)
    seen = Seen(page)
    assert SCRIPT in seen.text
    assert HEBREW in seen.text
    assert f'<div dir="auto">{HEBREW}' in page


def test_the_page_tells_counts_reasons_and_sums(told: Report) -> None:
    text = Seen(render(told)).text
    for words in ("Version v1", "add up", "no reader takes files with .jpg", "exact_duplicates", "- faq_headings"):
        assert words in text
    broken = replace(told, stages=(replace(told.stages[0], into=99),))
    assert "DO NOT ADD UP" in render(broken)
    assert "99 (does not add up)" in render(broken)


def test_long_answers_fold_and_lose_nothing(told: Report) -> None:
    answer = "flour " * 400
    page = render(replace(told, samples=(replace(SAMPLE, answer=answer),)))
    assert "<summary>the rest</summary>" in page
    assert Seen(page).text.count("flour") == 400


def test_a_run_without_a_version_has_a_page(told: Report) -> None:
    page = render(replace(told, version=None, samples=(), makers={}, answer_words=(), spent=()))
    assert "Run 1 (done)" in Seen(page).text


@pytest.mark.ci
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on PATH to open the page with")
def test_a_real_browser_shows_it(told: Report, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(render(everywhere(told, HOSTILE)), "utf-8")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync"
    ).split()
    command = ["chromium", *flags, f"--user-data-dir={tmp_path / 'profile'}"]
    dom = subprocess.run(
        [*command, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=90, check=True
    )
    assert "<script" not in dom.stdout
    assert "<img" not in dom.stdout
    assert 'alert("x")' in dom.stdout
    picture = tmp_path / "page.png"
    drawn = [*command, "--window-size=1000,1600", f"--screenshot={picture}", page.as_uri()]
    subprocess.run(drawn, capture_output=True, timeout=90, check=True)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size > 20_000
