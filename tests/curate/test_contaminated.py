import json
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twin_rows import judged, outcomes, row, word

from gristmill.curate._folded import plain
from gristmill.curate._held_out import held_out
from gristmill.curate._leaks import Leaks
from gristmill.curate.contaminated import Contaminated
from gristmill.errors import UserError
from gristmill.find import build, fingerprint
from gristmill.text import ngrams
from gristmill.texts import Texts, column_of


def said(*numbers: int) -> str:
    return " ".join(word(number) for number in numbers)


@pytest.fixture
def against(tmp_path):
    """A check against held-out items given as (question, answer), or as whole objects."""

    def make(*items, name="held_out.jsonl", **fields):
        rows = [
            item if isinstance(item, dict) else {"id": f"e{place}", "question": item[0], "answer": item[1]}
            for place, item in enumerate(items)
        ]
        path = tmp_path / name
        path.write_text("\n".join(json.dumps(entry) for entry in rows), "utf-8")
        return Contaminated(against=(str(path),), **fields)

    return make


def test_the_examples_of_its_help(against):
    check = against(("Which year did Jane Austen publish her novel Emma in London?", "1815"))
    leak, free = row("which year did jane austen publish her novel Emma"), row("Who wrote the novel Emma?")
    assert outcomes(check, free, leak) == ["pass", "reject"]


def test_changed_case_and_punctuation_are_found(against):
    check = against(("Don't the well-known “heat pumps” of 2019 — all of them — need a yearly inspection?", ""))
    same = "DONT THE WELLKNOWN HEAT PUMPS OF 2019 ALL OF THEM NEED A YEARLY INSPECTION"
    assert outcomes(check, row(same)) == ["reject"]


def test_one_word_replaced_in_the_middle_of_20_is_found_by_8_and_missed_by_13(against):
    numbers = list(range(20))
    copy = row(said(*numbers[:10], 99, *numbers[11:]))
    held = (said(*numbers), "")
    found = judged(against(held), [copy])[copy.id]
    assert found.outcome == "reject" and found.score == 0.95
    assert found.evidence["longest_run"] == 10 and found.evidence["matched"] == said(*numbers[:10])
    assert outcomes(against(held, ngram=13), copy) == ["pass"]


def test_exactly_half_covered_stays(against):
    numbers = list(range(20))
    half, more = row(said(*numbers[:10])), row(said(*numbers[:11]))
    assert outcomes(against((said(*numbers), "")), half, more) == ["pass", "reject"]


def test_two_rows_that_cover_a_third_each_stay(against):
    numbers = list(range(27))
    first, second = row(said(*numbers[:9])), row(said(*numbers[9:18]))
    assert outcomes(against((said(*numbers), "")), first, second) == ["pass", "pass"]
    assert outcomes(against((said(*numbers), "")), row(said(*numbers[:9], 99, *numbers[9:18]))) == ["reject"]


def test_a_short_question_is_compared_as_a_whole_and_says_so(against):
    check = against(("What is LoRA?", "a method"))
    same, longer = row("what is lora"), row("What is LoRA good for?")
    found = judged(check, [same, longer])
    assert found[same.id].outcome == "reject" and found[same.id].evidence["exact"] is True
    assert found[longer.id].outcome == "pass"


def test_a_question_inside_an_answer_leaks_too(against):
    numbers = list(range(12))
    assert outcomes(against((said(*numbers), "")), row("List questions!", said(98, *numbers, 99))) == ["reject"]


def test_runs_do_not_cross_from_question_to_answer(against):
    numbers = list(range(12))
    assert outcomes(against((said(*numbers), "")), row(said(*numbers[:6]), said(*numbers[6:]))) == ["pass"]


def test_an_answer_of_the_held_out_file_is_noted(against):
    numbers = list(range(12))
    check = against(("What is asked here is something else?", said(*numbers)), ("Short?", "yes"))
    noted, short = row("How so?", said(*numbers)), row("Is it?", "yes")
    found = judged(check, [noted, short])
    assert (found[noted.id].outcome, found[noted.id].code) == ("note", "answer_seen")
    assert found[short.id].outcome == "pass"


def test_passages_may_be_shared(against):
    numbers = list(range(40))
    check = against({"question": said(*numbers[:12]), "context": said(*numbers), "answers": {"text": []}})
    assert outcomes(check, row("Who?", "he", context=said(*numbers))) == ["pass"]


def test_stock_phrases_do_not_count_but_exact_copies_do(against):
    stock = list(range(10))
    items = [(said(*stock, 100 + number), "") for number in range(11)]
    other, copy = row(said(*stock, 99)), row(said(*stock, 100))
    found = judged(against(*items), [other, copy])
    assert (found[other.id].outcome, found[copy.id].outcome) == ("pass", "reject")
    assert outcomes(against(*items, common=11), other) == ["reject"]


def test_the_verdict_names_file_item_words_and_share(against):
    numbers = list(range(10))
    check = against((said(*range(50, 60)), ""), (said(*numbers), ""), (said(*numbers, 70), ""))
    leak = row(said(*numbers))
    found = judged(check, [leak])[leak.id]
    assert found.evidence == {
        "file": check.against[0],
        "item": "e1",
        "role": "question",
        "exact": True,
        "matched": said(*numbers),
        "field": "question",
        "span": [0, len(said(*numbers))],
        "longest_run": 10,
        "items": 2,
        "compared_as_a_whole": 0,
    }
    assert found.code == "contaminated" and found.score == 1.0 and "e1" in found.reason


def test_the_order_of_rows_changes_nothing(against):
    chance = random.Random(7)
    check = against(
        *[(said(*range(start, start + 12)), said(*range(90 + start, 99 + start))) for start in range(0, 60, 15)]
    )
    rows = [row(said(*range(start, start + 10)), place=str(start)) for start in range(0, 200, 3)]
    found = judged(check, rows)
    assert found == judged(check, chance.sample(rows, len(rows)))
    assert {verdict.outcome for verdict in found.values()} == {"pass", "reject", "note"}


QUESTION = "In what country is Normandy located on the old maps of Europe?"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (json.dumps([{"id": "n1", "question": QUESTION, "answer": "France"}], indent=1), "n1"),
        (json.dumps({"question": QUESTION, "answer": "France"}), "row 1"),
        (json.dumps({"data": [{"question": QUESTION}]}), "row 1"),
        ("\ufeff\n" + json.dumps({"_id": 7, "question": QUESTION, "answers": ["France"]}) + "\r\n\r\n", "7"),
        (
            json.dumps(
                {
                    "version": "v2.0",
                    "data": [
                        {
                            "title": "Normans",
                            "paragraphs": [
                                {
                                    "context": "…",
                                    "qas": [{"id": "q1", "question": QUESTION, "answers": [{"text": "F"}]}],
                                }
                            ],
                        }
                    ],
                }
            ),
            "q1",
        ),
    ],
)
def test_every_layout_is_read(tmp_path, text, name):
    path = tmp_path / "test.json"
    path.write_text(text, "utf-8")
    leak = row(QUESTION)
    found = judged(Contaminated(against=(str(path),)), [leak])[leak.id]
    assert found.outcome == "reject" and found.evidence["item"] == name


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "no row"),
        (b"[]", "no row"),
        (b'{"data": []}', "no row"),
        (b'{"question": "a"}\n{"question": ', "line 2"),
        (b'{"name": "a"}', 'no question.* are "name".*`column`'),
        (b'{"question": "a"}\n{"text": "a"}', "item 2, has no question"),
        (b'[{"question": "a"}, {"question": " "}]', "item 2"),
        (b'[{"question": {"text": "a"}}]', "no question"),
        (b"[1]", "not an object"),
        (b'{"data": [{"paragraphs": [7]}]}', "not an object"),
        (b'{"data": [{"paragraphs": [{"context": "a"}]}]}', "no question"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 100_000, "nested"),
    ],
)
def test_a_file_that_cannot_be_compared_with_is_refused(tmp_path, data, match):
    path = tmp_path / "bad.json"
    path.write_bytes(data)
    with pytest.raises(UserError, match=match):
        judged(Contaminated(against=(str(path),)), [row("a")])


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"gone\.jsonl cannot be read"):
        judged(Contaminated(against=(str(tmp_path / "gone.jsonl"),)), [row("a")])


def test_a_recipe_must_name_a_file():
    with pytest.raises(UserError, match="against"):
        build("curate", "contaminated", {})
    with pytest.raises(UserError, match="against"):
        build("curate", "contaminated", {"against": []})


def test_the_bytes_of_the_held_out_file_are_part_of_the_check(against):
    first = fingerprint(against(("What?", "")))
    assert first == fingerprint(against(("What?", "")))
    assert first != fingerprint(against(("Who?", "")))


def test_scripts_without_spaces_are_compared_by_character(against):
    check = against(("北京是中华人民共和国的首都吗？", ""))
    assert outcomes(check, row("北京是中华人民共和国的首都吗")) == ["reject"]
    assert outcomes(check, row("上海是长江三角洲最大的城市吗")) == ["pass"]


def test_a_held_out_row_with_a_passage_is_found_by_its_question_alone(tmp_path):
    file = tmp_path / "held.jsonl"
    row_ = {"question": "Who owns the old water mill of Rome?", "context": "The mill stands at Rome.", "answer": "Rome"}
    file.write_text(json.dumps(row_), "utf-8")
    (item,) = held_out(str(file))
    assert item.asked == row_["question"]


def documents(check, *texts):
    """Outcome by outcome, and the evidence of each document that has a verdict."""
    column = column_of(texts)
    ids = column_of([str(place) for place in range(len(texts))])
    size = len(texts)
    lines = check.judge_texts(
        Texts(roles={"text": column}, ids=ids, precedence=np.zeros(size, np.int8), family=np.full(size, -1, np.int32))
    ).to_pylist()
    return [(line["row"], line["outcome"], json.loads(line["evidence"])) for line in lines]


def janitor(*overlap):
    """999 characters, an overlap, 999 characters: the text on which lm-eval's Janitor was run."""
    filler = "".join(f"{word(1000 + number)} " for number in range(250))[:998]
    return f"{filler} {said(*overlap)} {filler}"


def test_janitors_overlap_of_13_words_is_found_and_one_of_12_is_not(against):
    numbers = list(range(40, 53))
    check = against({"id": 5, "text": said(*numbers)}, ngram=13, coverage=0)
    ((row_, outcome, seen),) = documents(check, janitor(*numbers[:12]), janitor(*numbers), janitor(*numbers[1:]))
    assert (row_, outcome, seen["longest_run"], seen["role"], seen["field"]) == (1, "reject", 13, "text", "text")
    assert janitor(*numbers)[slice(*seen["span"])] == said(*numbers) == seen["matched"]


def test_any_run_of_a_long_text_counts_at_coverage_0(against):
    held = {"text": said(*range(100))}
    document = f"Before. {said(*range(30, 43)).upper()}! After."
    assert [found[:2] for found in documents(against(held, ngram=13, coverage=0), document)] == [(0, "reject")]
    assert documents(against(held, ngram=13), document) == []
    assert documents(against(held, ngram=14, coverage=0), document) == []


def test_a_document_shows_the_place_of_its_longest_run_as_it_is_written(against):
    text = "Übrigens – 👩‍👩‍👧: “Don’t the well-known heat pumps need a yearly inspection”, she asked."
    held = ("don't the WELL-KNOWN heat pumps need a yearly inspection", "")
    ((_, outcome, seen),) = documents(against(held), text)
    assert outcome == "reject" and seen["longest_run"] == 9
    assert text[slice(*seen["span"])] == "Don’t the well-known heat pumps need a yearly inspection"


def test_a_long_run_is_quoted_in_part(against):
    held = said(*range(200))
    ((_, _, seen),) = documents(against((held, "")), held)
    assert seen["longest_run"] == 200 and len(seen["matched"]) < 410 < len(held) == seen["span"][1]


def test_the_longest_run_stands_together_in_the_row_too(against):
    numbers = list(range(30))
    row_ = row(said(*numbers[10:22], 99, *numbers[:14]))
    seen = judged(against((said(*numbers), "")), [row_])[row_.id]
    assert seen.score == round(22 / 30, 4) and seen.evidence["longest_run"] == 14


def test_both_texts_of_a_row_count_and_the_longest_run_names_its_own(against):
    numbers = list(range(30))
    row_ = row(said(*numbers[:8]), said(*numbers[10:19]))
    seen = judged(against((said(*numbers), "")), [row_])[row_.id]
    assert seen.score == round(17 / 30, 4) and seen.evidence["field"] == "answer"


def test_a_whole_text_in_the_answer_alone_is_no_copy_of_a_short_question(against):
    check = against(("What is LoRA?", ""))
    assert outcomes(check, row("Name it!", "What is LoRA?")) == ["pass"]
    assert [found[0] for found in documents(check, "What is LoRA", "It asks: What is LoRA?")] == [0]


def test_how_many_questions_are_compared_as_a_whole_is_told(against):
    check = against(("What is LoRA?", ""), ("Who?", ""), (said(*range(12)), "short"))
    ((_, _, seen),) = documents(check, said(*range(12)))
    assert seen["compared_as_a_whole"] == 2 and seen["exact"] is True


def test_a_column_of_ones_own_may_hold_the_texts(tmp_path):
    path = tmp_path / "held.jsonl"
    path.write_text(json.dumps({"ctx": said(*range(12)), "question": "Who?"}), "utf-8")
    leak = row(said(*range(12)))
    assert outcomes(Contaminated(against=(str(path),)), leak) == ["pass"]
    assert outcomes(Contaminated(against=(str(path),), column="ctx"), leak) == ["reject"]
    with pytest.raises(UserError, match='under "stem", and its columns are "ctx", "question"'):
        judged(Contaminated(against=(str(path),), column="stem"), [leak])


def test_several_files_are_compared_and_each_is_named(tmp_path):
    for name, numbers in (("a", range(12)), ("b", range(50, 62))):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"text": said(*numbers)}), "utf-8")
    check = Contaminated(against=(str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")))
    found = documents(check, said(*range(50, 62)), said(*range(12)))
    assert [seen["file"].rpartition("/")[2] for _, _, seen in found] == ["b.jsonl", "a.jsonl"]


def leaks_by_hand(held, texts, size):
    """Which documents have a run in common with a held-out text, straight from the definition."""
    known = {run for text in held for run in ngrams(plain(text), size)} | {tuple(plain(text)) for text in held}
    return [
        place
        for place, text in enumerate(texts)
        if any(run in known for run in ngrams(plain(text), size)) or (plain(text) and tuple(plain(text)) in known)
    ]


WORDS = st.sampled_from(
    ["a", "B", "don't", "don’t", "c—d", "é", "e\u0301", "Straße", "STRASSE", "北京", "がﾞ", "—", "…", "\x1c"]
)
SAID = st.lists(WORDS, max_size=12).map(" ".join)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SAID.filter(str.strip), min_size=1, max_size=4), st.lists(SAID, max_size=6), st.integers(2, 5))
def test_the_documents_found_are_those_of_the_definition(against, held, texts, size):
    check = against(*({"text": text} for text in held), ngram=size, coverage=0)
    assert [found[0] for found in documents(check, *texts)] == leaks_by_hand(held, texts, size)


def test_equal_hashes_of_other_words_are_no_leak(against, monkeypatch):
    held = said(*range(12))
    check = against({"text": held})
    assert len(documents(check, held)) == 1
    monkeypatch.setattr(Leaks, "words", lambda *_: ["other"] * 12)
    assert documents(check, held) == []
