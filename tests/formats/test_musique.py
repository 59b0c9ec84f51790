import json

import pytest

from gristmill.contracts import Rows
from gristmill.errors import UserError
from gristmill.formats.musique import Musique
from published_sets import comes_back, parted, saved, without

RECORD = {
    "id": "2hop__7_8",
    "paragraphs": [
        {"idx": 0, "title": "Lune", "paragraph_text": "A river in England.", "is_supporting": False},
        {"idx": 1, "title": "Mill", "paragraph_text": "The mill of Ann.", "is_supporting": True},
        {"idx": 2, "title": "Mill", "paragraph_text": "Ann was born in York.", "is_supporting": True},
    ],
    "question": "Where was the miller born?",
    "question_decomposition": [
        {"id": 7, "question": "Mill >> miller", "answer": "Ann", "paragraph_support_idx": 1},
        {"id": 8, "question": "#1 >> place of birth", "answer": "York", "paragraph_support_idx": 2},
    ],
    "answer": "York",
    "answer_aliases": ["Eboracum"],
    "answerable": True,
}
TWIN = {
    **RECORD,
    "paragraphs": RECORD["paragraphs"][:2],
    "question_decomposition": [
        RECORD["question_decomposition"][0],
        {**RECORD["question_decomposition"][1], "paragraph_support_idx": None},
    ],
    "answerable": False,
}


def test_two_rows_have_names_types_and_classes(tmp_path):
    rows, failures, findings = parted(Musique(), saved(tmp_path, [RECORD, TWIN]))
    assert not failures
    assert rows[0] == {
        "id": "2hop__7_8",
        "question": "Where was the miller born?",
        "answer": "York",
        "answer_aliases": ["Eboracum"],
        "answerable": True,
        "paragraphs": [
            {"title": "Lune", "sentences": ["A river in England."], "supporting": False},
            {"title": "Mill", "sentences": ["The mill of Ann."], "supporting": True},
            {"title": "Mill", "sentences": ["Ann was born in York."], "supporting": True},
        ],
        "supporting_facts": [{"title": "Mill", "sentence": 0}] * 2,
        "decomposition": ["Mill >> miller", "#1 >> place of birth"],
        "steps": [{"id": 7, "answer": "Ann", "paragraph": 1}, {"id": 8, "answer": "York", "paragraph": 2}],
    }
    assert [row["answerable"] for row in rows] == [True, False]
    assert list(findings) == ["unanswerable"]
    comes_back(Musique(), rows, tmp_path)


def test_what_is_written_is_what_was_read(tmp_path):
    rows, _, _ = parted(Musique(), saved(tmp_path, [RECORD, TWIN]))
    written = comes_back(Musique(), rows, tmp_path)
    assert [json.loads(line) for line in written.read_text("utf-8").splitlines()] == [RECORD, TWIN]


def test_paragraphs_are_numbered_by_place(tmp_path):
    moved = {**RECORD, "paragraphs": RECORD["paragraphs"][1:]}
    rows, _, _ = parted(Musique(), saved(tmp_path, [moved]))
    assert [step["paragraph"] for step in rows[0]["steps"]] == [0, 1]
    comes_back(Musique(), rows, tmp_path)


def test_only_a_twin_may_have_the_same_id(tmp_path):
    assert Musique().verify(saved(tmp_path, [RECORD, TWIN])) == 2
    with pytest.raises(UserError, match="repeats the id"):
        Musique().verify(saved(tmp_path, [RECORD, RECORD]))


def test_test_rows_have_no_gold(tmp_path):
    bare = {
        **without(RECORD, "question_decomposition", "answer", "answer_aliases", "answerable"),
        "paragraphs": [without(part, "is_supporting") for part in RECORD["paragraphs"]],
    }
    rows, _, findings = parted(Musique(), saved(tmp_path, [bare]))
    assert (rows[0]["answer"], rows[0]["answerable"], rows[0]["steps"]) == (None, None, [])
    assert list(findings) == ["no_gold"]
    comes_back(Musique(), rows, tmp_path)


def test_faults_are_named(tmp_path):
    steps = RECORD["question_decomposition"]
    astray = {**RECORD, "question_decomposition": [{**steps[0], "question": "#2 >> miller"}, steps[1]]}
    bad = [
        {**RECORD, "question_decomposition": [{**steps[0], "paragraph_support_idx": 9}]},
        {**RECORD, "paragraphs": [RECORD["paragraphs"][0]] * 2},
        {**RECORD, "answerable": "no"},
    ]
    rows, failures, findings = parted(Musique(), saved(tmp_path, [astray, *bad]))
    assert len(rows) == 1
    assert 'step 1 is "#2 >> miller"' in findings["astray"].evidence
    assert "leans on paragraph 9" in failures[0].reason
    assert 'has the "idx" 0 of another paragraph' in failures[1].reason
    assert '"answerable" is a text' in failures[2].reason


def test_paragraphs_of_several_sentences_are_refused(tmp_path):
    row = {"question": "q", "answer": "a", "paragraphs": [{"title": "t", "sentences": ["a", "b"]}]}
    with pytest.raises(UserError, match="2 sentences, where MuSiQue has one text"):
        Musique().write(Rows(lambda: [row]), tmp_path / "out.jsonl")
