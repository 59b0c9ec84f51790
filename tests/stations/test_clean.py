"""Mended documents and rows are new records of known parents; whole ones stay; nothing is lost unnamed."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gristmill.find import build, names
from gristmill.recipe import Recipe
from gristmill.records import Document, Page, Source
from gristmill.report import Report, gather
from gristmill.run import Ground, prompts, run
from gristmill.stations._repaired import repaired
from gristmill.stations.clean import _piece
from gristmill.store import Store

WHOLE = "The mill of Abbot Bridge was built in 1822, and the café beside it opened in 1931, as the miller told us. " * 3
DAMAGED = WHOLE.replace("café", "cafÃ©").replace("miller", "mil\u00adler")
MAIL = "ada.thorn@abbotbridge.org"


def project(folder: Path, documents: Mapping[str, str], cleaners: Any = None, **more: Any) -> Recipe:
    """A project of these documents that asks for one pair of each passage."""
    (folder / "docs").mkdir(exist_ok=True)
    for name, text in documents.items():
        (folder / "docs" / name).write_text(text, "utf-8")
    plain = {
        "task": "question_answer",
        "ingest": "docs",
        "harvest": [],
        "generate": {"pairs_per_passage": 1},
        "curate": ["length"],
        **({} if cleaners is None else {"clean": cleaners}),
        **more,
    }
    return Recipe.model_validate(plain)


def went(folder: Path, recipe: Recipe, until: str = "clean") -> tuple[Ground, Report]:
    ground = run(recipe, folder, until=until)
    store = Store(folder / ".gristmill")
    try:
        return ground, gather(store)
    finally:
        store.close()


def states(report: Report, kind: str) -> dict[str, int]:
    return {
        count.state: count.items
        for stage in report.stages
        if stage.station == "clean" and stage.kind == kind
        for count in stage.counts
    }


def test_a_mended_document_has_the_old_one_as_parent(tmp_path: Path) -> None:
    documents = {"whole.txt": WHOLE, "damaged.txt": DAMAGED}
    ground, report = went(tmp_path, project(tmp_path, documents))
    before, _ = went(tmp_path, project(tmp_path, documents, []), "ingest")
    old = {document.source.path: document for document in before.documents}
    new = {document.source.path: document for document in ground.documents}
    assert list(new) == list(old) == ["docs/damaged.txt", "docs/whole.txt"]
    assert new["docs/whole.txt"].id == old["docs/whole.txt"].id
    mended, was = new["docs/damaged.txt"], old["docs/damaged.txt"]
    assert mended.text.strip() == WHOLE.strip()
    assert (mended.parents, mended.source, mended.ordinal) == ((was.id,), was.source, was.ordinal)
    assert mended.metadata["repairs"] == "encoding:mojibake 3; hidden_characters:soft_hyphen 3"
    assert states(report, "document") == {"whole": 1, "repaired": 1}
    assert states(report, "repair") == {"encoding:mojibake": 1, "hidden_characters:soft_hyphen": 1}
    assert all(stage.reconciled for stage in report.stages)


def test_what_comes_after_sees_the_mended_text(tmp_path: Path) -> None:
    recipe = project(tmp_path, {"damaged.txt": DAMAGED})
    ground, _ = went(tmp_path, recipe, "chunk")
    (document,) = ground.documents
    assert {passage.document_id for passage in ground.passages} == {document.id}
    (asked,) = prompts(recipe, tmp_path)
    said = "".join(message.content for prompt in asked[1] for message in prompt.messages)
    assert "café beside it" in said
    assert "Ã" not in said


def test_a_document_with_nothing_left_is_named_and_goes_no_further(tmp_path: Path) -> None:
    documents = {"a.txt": WHOLE, "b.txt": WHOLE + "And so on.", "c.txt": "Something else."}
    ground, report = went(tmp_path, project(tmp_path, documents, [{"repeated_segments": {"tokens": 8}}]), "chunk")
    assert [document.source.path for document in ground.documents] == ["docs/b.txt", "docs/c.txt"]
    assert states(report, "document") == {"emptied": 1, "repaired": 1, "whole": 1}
    chunked = next(stage for stage in report.stages if stage.station == "chunk")
    assert chunked.into == 2
    (emptied,) = (
        count for stage in report.stages for count in stage.counts if stage.station == "clean" and count.reason
    )
    assert (emptied.labels, emptied.state) == (("docs/a.txt",), "emptied")
    assert f"{len(WHOLE)}" in emptied.reason


def test_cleaners_come_one_after_the_other(tmp_path: Path) -> None:
    cleaners = ["html_remains", {"repeated_segments": {"tokens": 8}}, "encoding"]
    text = f"<b>{WHOLE}</b> cafÃ©"
    ground, report = went(tmp_path, project(tmp_path, {"a.txt": text, "b.txt": "Else."}, cleaners))
    document = next(iter(ground.documents))
    assert document.metadata["repairs"] == "html_remains:tag 2; repeated_segments:repeated 1; encoding:mojibake 1"
    assert [one.step for one in report.spent if one.station == "clean"] == [
        "html_remains",
        "repeated_segments",
        "encoding",
    ]
    assert all(stage.reconciled for stage in report.stages)


def test_what_was_mended_is_used_again(tmp_path: Path) -> None:
    recipe = project(tmp_path, {"a.txt": DAMAGED, "b.txt": WHOLE})
    first, _ = went(tmp_path, recipe)
    again, report = went(tmp_path, recipe)
    assert [one.id for one in again.documents] == [one.id for one in first.documents]
    assert [one.made for one in report.spent if one.station == "clean"] == [0]
    (tmp_path / "docs/b.txt").write_text(WHOLE + "New.", "utf-8")
    _, report = went(tmp_path, recipe)
    assert [one.made for one in report.spent if one.station == "clean"] == [1]


def test_without_cleaners_nothing_is_done(tmp_path: Path) -> None:
    ground, report = went(tmp_path, project(tmp_path, {"a.txt": DAMAGED}, []))
    assert "Ã" in next(iter(ground.documents)).text
    assert not states(report, "document")


def test_pages_and_title_move_along() -> None:
    source = Source(path="a.pdf", sha256="0" * 64, media_type="application/pdf")
    pages = (Page(number=1, start=0, end=6), Page(number=2, start=6, end=12))
    document = Document(text="cafÃ©\n\x00then\n", source=source, title="The\r\ncafÃ©", pages=pages)
    recipe = Recipe.model_validate({"task": "question_answer", "ingest": "docs"})
    from_recipe = {use.name: _built(use.name) for use in recipe.clean}
    piece = _piece("item", document, repaired([document.text, document.title], from_recipe))
    (row,) = piece.rows
    assert (row["text"], row["title"]) == ("café\nthen\n", "The café")
    assert [(page["start"], page["end"]) for page in row["pages"]] == [(0, 5), (5, 10)]


def _built(name: str) -> Any:
    return build("clean", name, {})


def rows_in(folder: Path, rows: Sequence[Mapping[str, Any]], cleaners: Any, task: str = "question_answer") -> Recipe:
    (folder / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    plain = {"task": task, "ingest": [{"path": "rows.jsonl", "format": "jsonl"}], "harvest": [], "clean": cleaners}
    return Recipe.model_validate({**plain, "curate": ["length"], "generate": {"pairs_per_passage": 0}})


def spanned(context: str, answer: str, at: int | None = None) -> dict[str, Any]:
    start = context.index(answer) if at is None else at
    return {"question": "What is it?", "context": context, "answers": [answer], "answer_start": [start]}


def test_rows_are_mended_and_their_answers_moved(tmp_path: Path) -> None:
    whole = spanned("The mill has two wheels.", "two wheels")
    rows = [
        whole,
        spanned("The cafÃ© and the \u200bold\u00ad mill near Ã\x9cber.", "old\u00ad mill"),
        spanned("It is the cafÃ© there.", "cafÃ©"),
        spanned("It is the cafÃ© there.", "cafÃ"),
        {"question": "Who?", "context": "The cafÃ©.", "answers": {"text": ["The cafÃ©"], "answer_start": [0]}},
    ]
    ground, report = went(tmp_path, rows_in(tmp_path, rows, ["encoding", "hidden_characters"]))
    before, _ = went(tmp_path, rows_in(tmp_path, rows, []))
    assert ground.ready[0].id == before.ready[0].id
    assert [row.ordinal for row in ground.ready] == [before.ready[at].ordinal for at in (0, 1, 2, 4)]
    assert [row.fields["answers"] for row in ground.ready[:3]] == [["two wheels"], ["old mill"], ["café"]]
    for row in ground.ready[:3]:
        start, answer = row.fields["answer_start"][0], row.fields["answers"][0]
        assert row.fields["context"][start : start + len(answer)] == answer
    assert ground.ready[3].fields["answers"] == {"text": ["The café"], "answer_start": [0]}
    assert states(report, "row") == {"repaired": 3, "answer_cut": 1, "whole": 1}
    assert all(stage.reconciled for stage in report.stages)


def test_turns_are_mended_and_names_are_not(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "What is a cafÃ©?"}, {"role": "assistant", "content": "A cafÃ©<br>is it."}]
    rows = [{"id": "cafÃ©", "messages": turns}]
    ground, _ = went(tmp_path, rows_in(tmp_path, rows, ["encoding", "html_remains"]))
    fields = ground.ready[0].fields
    assert [turn["content"] for turn in fields["messages"]] == ["What is a café?", "A café\nis it."]
    assert fields.get("id", "cafÃ©") == "cafÃ©"


def test_spellings_of_a_column_become_one(tmp_path: Path) -> None:
    said = ("Billing", "billing!", "Billing", "Shipping")
    rows = [{"question": f"Q {number}?", "answer": "A", "category": one} for number, one in enumerate(said)]
    ground, report = went(tmp_path, rows_in(tmp_path, rows, ["messy_values"]))
    assert [row.fields["category"] for row in ground.ready] == ["Billing", "Billing", "Billing", "Shipping"]
    assert states(report, "row") == {"whole": 3, "repaired": 1}
    assert states(report, "repair") == {"messy_values:spelling": 1}


@pytest.mark.skipif("personal_data" not in names("clean"), reason="there is no cleaner of personal data")
def test_no_prompt_holds_an_address_that_was_taken_out(tmp_path: Path) -> None:
    body = f"<h1>Ask {MAIL}</h1><p>{WHOLE} Write to {MAIL}.</p>"
    page = f"<html><head><title>Mail {MAIL}</title></head><body>{body}</body></html>"
    documents = {"a.txt": f"{WHOLE} Write to {MAIL} for more.", "b.html": page}

    def said(cleaners: list[str]) -> str:
        asked = prompts(project(tmp_path, documents, cleaners), tmp_path)
        assert len(asked) >= 2
        return "".join(message.content for _, some in asked for prompt in some for message in prompt.messages)

    assert MAIL in said([])
    assert "ada.thorn" not in said(["personal_data"])
