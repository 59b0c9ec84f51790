"""What every part promises, as plain functions: each raises AssertionError when a part breaks its word."""

import copy
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from gristmill.agreement import Preference, settled
from gristmill.arrow import example_columns, example_of, example_row, table
from gristmill.contracts import (
    AskingCheck,
    Check,
    Chunker,
    Cleaner,
    Duel,
    Format,
    Harvester,
    Inner,
    PairCheck,
    Part,
    Reader,
    Row,
    RowCheck,
    Rows,
    Scanner,
    TableCheck,
    Task,
    TextCheck,
)
from gristmill.errors import Unreadable
from gristmill.findings import Finding, Severity
from gristmill.mending import mended
from gristmill.records import (
    Document,
    Draft,
    Example,
    Failure,
    Outcome,
    Passage,
    Reply,
    Role,
    Source,
    Verdict,
    canonical,
)
from gristmill.rows import rows_of
from gristmill.stations._columns import judged_texts
from told_place import tells_its_place

SECTIONS = ("What it rejects", "Why it matters", "Kept:", "Rejected:")


def tells_of_itself(part: Part) -> None:
    """Module, class and fields say what they are; the recipe's schema can be made of them."""
    cls = type(part)
    module = inspect.getdoc(inspect.getmodule(cls)) or ""
    assert module.split("\n")[0].strip(), "the module says nothing"
    assert (cls.__doc__ or "").strip(), "the class says nothing"
    for name, field in cls.model_fields.items():
        assert (field.description or "").strip(), f"the field {name} has no description"
    schema = cls.model_json_schema()
    assert schema["additionalProperties"] is False
    json.dumps(schema)
    if isinstance(part, Check):
        places = [(cls.__doc__ or "").find(section) for section in SECTIONS]
        assert -1 not in places, f"the docstring lacks one of {SECTIONS}"
        assert places == sorted(places), f"the docstring's sections are not in the order {SECTIONS}"


def mends_once(cleaner: Cleaner, texts: Sequence[str]) -> None:
    """Repairs in order, apart, each a change of a told code; the mended texts need none."""
    found = [list(repairs) for repairs in cleaner.repairs(texts)]
    assert len(found) == len(texts), "not as many answers as texts"
    for text, repairs in zip(texts, found, strict=True):
        done = 0
        for repair in repairs:
            assert done <= repair.start <= repair.end <= len(text), f"{repair} is out of order in {text!r}"
            assert text[repair.start : repair.end] != repair.put, f"{repair} is no change"
            assert repair.code in cleaner.codes, f"the code {repair.code} is not told"
            done = repair.end
    mended_texts = [mended(text, repairs) for text, repairs in zip(texts, found, strict=True)]
    again = [list(repairs) for repairs in cleaner.repairs(mended_texts)]
    assert not any(again), f"mended texts are mended again: {mended_texts} {again}"


def mends_the_same_in_any_order(cleaner: Cleaner, texts: Sequence[str], order: Sequence[int]) -> None:
    """Each text has the same repairs in another order of the texts; of equal texts any may stay."""
    found = [(text, list(repairs)) for text, repairs in zip(texts, cleaner.repairs(texts), strict=True)]
    shuffled = [texts[number] for number in order]
    again = [(text, list(repairs)) for text, repairs in zip(shuffled, cleaner.repairs(shuffled), strict=True)]
    assert sorted(map(repr, found)) == sorted(map(repr, again)), "the order of texts changed a repair"


def judges_fairly(check: Check, examples: Sequence[Example], order: Sequence[int], task: Task, reply: Reply) -> None:
    """One verdict per row, whatever the order and the company; the same one twice; no row edited."""
    before = copy.deepcopy([dict(example.fields) for example in examples])
    listed = verdicts(check, examples, task, reply)
    assert [dict(example.fields) for example in examples] == before, "the check edited a row"
    found = _answered(listed, examples)
    for verdict in found.values():
        is_verdict(verdict)
    assert _answered(verdicts(check, examples, task, reply), examples) == found, "judged twice, found two things"
    shuffled = [examples[place] for place in order]
    assert _answered(verdicts(check, shuffled, task, reply), shuffled) == found, "the order of rows changed a verdict"
    if not isinstance(check, TableCheck | PairCheck) and not (isinstance(check, TextCheck) and check.compares):
        for example in examples:
            (alone,) = verdicts(check, [example], task, reply)
            assert alone == found[example.id], "the company of a row changed its verdict"


def verdicts(check: Check, examples: Sequence[Example], task: Task, reply: Reply) -> list[Verdict]:
    """What a check finds; one that asks hears the same reply each time."""
    if isinstance(check, TableCheck):
        return list(check.verdicts(examples, task))
    if isinstance(check, TextCheck):
        return list(judged_texts(check, "it", examples, task))
    if isinstance(check, RowCheck):
        return [check.judge(example, task) for example in examples]
    if isinstance(check, PairCheck):
        return list(check.verdicts(examples, duels(check, examples, task, reply), task))
    assert isinstance(check, AskingCheck)
    openings = [check.prompt(example, task) for example in examples]
    return [
        opening if isinstance(opening, Verdict) else check.judge(example, task, reply)
        for example, opening in zip(examples, openings, strict=True)
    ]


def duels(check: PairCheck, examples: Sequence[Example], task: Task, reply: Reply) -> list[Duel]:
    """What comes of the pairs when every asking hears this reply; no pair is met twice, nor a row by itself."""
    pairs = check.pairs(examples, task)
    met = [frozenset((first.id, second.id)) for first, second in pairs]
    assert len(set(met)) == len(met), "a pair is compared more than once"
    assert all(len(pair) == 2 for pair in met), "a row is compared with itself"
    word = check.prefers(reply)
    assert word in get_args(Preference), f"{word} says no preference"
    for first, second in pairs:
        asked, swapped = check.prompt(first, second, task), check.prompt(second, first, task)
        assert asked.digest != swapped.digest, "both orders ask the same"
    return [Duel(first, second, settled(word, word)) for first, second in pairs]


def _answered(found: Iterable[Verdict], examples: Sequence[Example]) -> dict[str, Verdict]:
    listed = list(found)
    assert sorted(verdict.example_id for verdict in listed) == sorted(one.id for one in examples), "one verdict per row"
    return {verdict.example_id: verdict for verdict in listed}


def is_verdict(verdict: Verdict) -> None:
    """A known outcome, a word and a sentence for all but a pass, evidence that can be written down."""
    assert verdict.outcome in get_args(Outcome)
    if verdict.outcome != "pass":
        assert verdict.code, "an outcome other than pass needs a code"
        assert len(verdict.reason.split()) > 1, "an outcome other than pass needs a sentence"
    assert len(verdict.code.split()) <= 1, "a code is one word"
    assert verdict.score is None or 0 <= verdict.score < float("inf")
    evidence = json.loads(json.dumps(dict(verdict.evidence), allow_nan=False))
    assert canonical(evidence) == canonical(dict(verdict.evidence))


def rebuilds(chunker: Chunker, document: Document) -> None:
    """Passages lie where they say, leave no gap, and together are the whole text; the same ones twice."""
    passages = list(chunker.chunk(document))
    covered = 0
    for number, passage in enumerate(passages):
        assert passage.document_id == document.id
        assert passage.ordinal == number
        assert passage.text == document.text[passage.start : passage.end]
        assert passage.start <= covered < passage.end, "a gap, or a passage that adds nothing"
        covered = passage.end
    assert covered == len(document.text), "the end of the document is lost"
    assert list(chunker.chunk(document)) == passages


def quotes(harvester: Harvester, document: Document) -> None:
    """Every pair's answer and context stand in the document where the pair says; the same ones twice."""
    pairs = list(harvester.harvest(document))
    for pair in pairs:
        for span, text in ((pair.answer_span, pair.answer), (pair.context_span, pair.context)):
            assert span.document_id == document.id
            assert 0 <= span.start < span.end <= len(document.text)
            assert document.text[span.start : span.end] == text
        assert pair.question.strip()
        assert pair.answer.strip()
    assert list(harvester.harvest(document)) == pairs


def reads_or_says_why(reader: Reader, data: bytes, source: Source) -> list[Any]:
    """Documents with text and pages inside it, rows, failures with a reason; or Unreadable with one."""
    try:
        found = list(reader.read(data, source))
    except Unreadable as error:
        is_loss(Failure(state=error.state, reason=error.reason))
        return []
    assert found, "a file that gives nothing must be Unreadable"
    for one in found:
        if isinstance(one, Document):
            is_document(one, source)
        elif isinstance(one, Failure):
            is_loss(one)
        elif isinstance(one, Finding):
            is_finding(one)
        elif isinstance(one, Inner):
            assert reader.holds, "only a reader that says so may give files inside files"
            assert one.name.strip()
        else:
            canonical(dict(one)).encode()
    assert list(reader.read(data, source)) == found
    return found


def sees(scanner: Scanner, data: bytes, name: str) -> list[Finding]:
    """Findings that a person can act on, for any bytes, with codes that the scanner names; the same ones twice."""
    found = list(scanner.scan(data, name))
    for one in found:
        assert one.code in scanner.codes, f"the scanner does not name its code {one.code}"
        is_finding(one)
    assert list(scanner.scan(data, name)) == found
    return found


def is_finding(finding: Finding) -> None:
    """A code in one word, a known severity, a sentence that leaves its own place to `offset`, and what to do."""
    assert len(finding.code.split()) == 1
    assert finding.severity in get_args(Severity)
    assert len(finding.reason.split()) > 2
    assert len(finding.remedy.split()) > 1
    assert finding.offset is None or finding.offset >= 0
    assert not tells_its_place(finding), "the place is told twice"
    canonical(finding).encode()


def is_document(document: Document, source: Source) -> None:
    """Text that can be written as UTF-8, under its source's path, with pages in order inside it."""
    assert document.text.strip()
    document.text.encode()
    assert document.source.path == source.path
    assert all(isinstance(value, str) for pair in document.metadata.items() for value in pair)
    end = 0
    for page in document.pages:
        assert end <= page.start <= page.end <= len(document.text)
        end = page.end


def is_loss(failure: Failure) -> None:
    """A state in one word, and a sentence."""
    assert len(failure.state.split()) == 1
    assert len(failure.reason.split()) > 1


def is_draft(draft: Draft | Failure, task: Task) -> None:
    """All of the task's columns, with values of the columns' types; or a loss with its reason."""
    if isinstance(draft, Failure):
        is_loss(draft)
        return
    assert set(draft.fields) == set(task.columns)
    canonical(dict(draft.fields)).encode("utf-8", "surrogatepass")


def parses(task: Task, reply: Reply, passage: Passage, wanted: int) -> None:
    """Exactly `wanted` entries; spans lie inside the passage; the same ones twice."""
    found = task.parse(reply, passage, wanted)
    assert len(found) == wanted, f"{wanted} were wanted and {len(found)} came"
    for one in found:
        is_draft(one, task)
        for span in () if isinstance(one, Failure) else one.spans:
            assert span.document_id == passage.document_id
            assert passage.start <= span.start <= span.end <= passage.end
    assert task.parse(reply, passage, wanted) == found


def teaches(task: Task, example: Example) -> None:
    """The training row ends with the assistant and has no empty turn; its own answer is graded 1."""
    turns = task.messages(example)
    assert turns[-1].role == "assistant"
    assert len(turns) > 1
    for turn in turns:
        assert turn.role in get_args(Role)
        assert turn.content.strip()
    scores = task.grade(example, turns[-1].content)
    assert scores
    assert all(score == 1 for score in scores.values()), f"its own answer is graded {dict(scores)}"
    for name, score in task.grade(example, "something else altogether").items():
        assert 0 <= score <= 1, name


def keeps_its_columns(task: Task, example: Example) -> None:
    """An example comes back from its table as it went in."""
    row = table([example_row(example)], example_columns(task.columns)).to_pylist()[0]
    assert example_of(row, task.columns) == example
    assert row["id"] == example.id


def derives(task: Task, examples: Sequence[Example], seed: int) -> None:
    """Drafts that name parents among the examples, and have families; the same ones twice."""
    known = {example.id for example in examples}
    drafts = task.derive(examples, seed)
    for draft in drafts:
        is_draft(draft, task)
        assert draft.parents
        assert set(draft.parents) <= known
    assert task.derive(examples, seed) == drafts


def gives_back(layout: Format, examples: Sequence[Example], task: Task, path: Path) -> None:
    """Examples become rows, and a written file of them gives each question and answer back, as `keeps` says."""
    rows = rows_of(examples, task)
    found = {row.get("id", place): row for place, row in enumerate(keeps(layout, rows, path))}
    assert len(found) == len(examples)
    for place, (example, given) in enumerate(zip(examples, rows, strict=True)):
        row = found[example.id] if example.id in found else found[place]
        texts = list(_texts(row))
        answer = task.messages(example)[-1].content
        assert any(task.text(example, "question") in text for text in texts), "the question is lost"
        if task.answers not in row:
            assert any(answer in text for text in texts), "the answer is lost"
        for name in set(row) & set(task.columns):
            assert row[name] == given[name] or name == "question", f"the column {name} is not what was written"


def keeps(layout: Format, rows: Rows, path: Path) -> list[Row]:
    """A written file verifies with as many rows; what is read of it, written again, is read as the same rows.

    Rows are written in one way: the same rows make the same bytes.
    """
    layout.write(rows, path)
    first, wanted = path.read_bytes(), len(list(rows))
    assert layout.verify(path) == wanted
    back = _rows_in(layout, path)
    assert len(back) == wanted
    layout.write(rows, path)
    assert path.read_bytes() == first, "the same rows were written in other bytes"
    layout.write(Rows(lambda: back), path)
    assert _rows_in(layout, path) == back, "what was read is not what was written"
    assert layout.verify(path) == wanted
    return back


def _rows_in(layout: Format, path: Path) -> list[Row]:
    found = list(layout.read(path))
    for one in found:
        if isinstance(one, Failure):
            is_loss(one)
        elif not isinstance(one, Finding):
            canonical(dict(one)).encode()
    assert not [one for one in found if isinstance(one, Failure)], "a row that was written cannot be read"
    return [one for one in found if not isinstance(one, Failure | Finding)]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def is_itself(identity: Mapping[str, Any], again: Mapping[str, Any], secrets: Iterable[str]) -> None:
    """A teacher's identity can be written down, is the same each time, and gives no secret away."""
    text = json.dumps(dict(identity), allow_nan=False)
    assert identity["model"]
    assert canonical(dict(again)) == canonical(dict(identity))
    assert not [secret for secret in secrets if secret in text], "the identity holds a secret"
