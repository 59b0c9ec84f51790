import re

import pytest
from huggingface_hub import DatasetCard
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.card import (
    CardFacts,
    CheckFacts,
    FileFacts,
    FormatFacts,
    MakerFacts,
    SourceFacts,
    card,
    size_category,
)

SHA = "0123456789abcdef" * 4
COUNTS = st.integers(0, 10**6)


def facts(**changed):
    known = {
        "name": "manuals",
        "version": "0a1b",
        "task": "open_qa",
        "splits": {"train": 8, "test": 2},
        "formats": (
            FormatFacts(
                name="chat",
                files=(
                    FileFacts(path="chat/train.jsonl", split="train", rows=8, bytes=800),
                    FileFacts(path="chat/test.jsonl", split="test", rows=2, bytes=200),
                ),
            ),
            FormatFacts(name="squad", files=(FileFacts(path="squad/train.json", split="train", rows=8, bytes=9),)),
        ),
        "makers": (
            MakerFacts(kind="human", by="harvest/faq", rows=3),
            MakerFacts(kind="synthetic", by="tasks/open_qa", rows=7, model="teacher-1b", prompt_digest=SHA),
        ),
        "licences": {"MIT": 10},
        "sources": (SourceFacts(path="docs/a|b.md", sha256=SHA, rows=10, licence="MIT", trust="own"),),
        "checks": (CheckFacts(name="grounded", judged=12, rejected=2, unknown=1),),
        "limits": ("No person has read the rows.",),
    }
    return CardFacts(**{**known, **changed})


def header(text):
    return DatasetCard(text).data.to_dict()


def test_the_header_says_what_the_hub_asks():
    said = header(card(facts(title="Manuals", language=("en",))))
    assert (said["license"], said["pretty_name"], said["language"]) == ("mit", "Manuals", ["en"])
    assert said["size_categories"] == ["n<1K"]
    assert said["task_categories"] == ["question-answering"]
    assert said["annotations_creators"] == ["machine-generated", "found"]
    assert said["tags"] == ["gristmill", "synthetic"]
    assert "language" not in header(card(facts()))


@settings(max_examples=40, deadline=None)
@given(train=COUNTS, test=COUNTS, size=COUNTS)
def test_the_counts_are_the_given_ones(train, test, size):
    files = (
        FileFacts(path="train.jsonl", split="train", rows=train, bytes=size),
        FileFacts(path="test.jsonl", split="test", rows=test, bytes=1),
    )
    made = facts(splits={"train": train, "test": test}, formats=(FormatFacts(name="chat", files=files),))
    text = card(made)
    (info,) = header(text)["dataset_info"]
    assert [(split["name"], split["num_examples"]) for split in info["splits"]] == [("train", train), ("test", test)]
    assert [split["num_bytes"] for split in info["splits"]] == [size, 1]
    assert info["download_size"] == size + 1
    assert header(text)["size_categories"] == [size_category(train + test)]
    assert f"| train | {train} |" in text
    assert f"{train + test} rows" in text


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=40))
def test_any_name_gives_a_header_that_parses(text):
    written = card(facts(title=text, name=text, licences={text: 10}, limits=(text,), language=("en",)))
    said = header(written)
    assert said["language"] == ["en"]
    assert said["pretty_name"] == " ".join(said["pretty_name"].split())
    assert re.fullmatch(r"[a-z0-9.-]+", said.get("license_name", "mit"))
    assert written.encode()


def test_configs_name_the_files_that_are_read_row_by_row():
    (config,) = header(card(facts()))["configs"]
    assert config["config_name"] == "chat"
    assert config["default"] is True
    assert config["data_files"] == [
        {"split": "train", "path": "chat/train.jsonl"},
        {"split": "test", "path": "chat/test.jsonl"},
    ]
    assert "configs" not in header(card(facts(formats=facts().formats[1:])))


def test_tables_of_another_suffix_are_loaded_by_their_files():
    table = FormatFacts(name="parquet", files=(FileFacts(path="p/train.parquet", split="train", rows=8, bytes=9),))
    text = card(facts(formats=(*facts().formats, table)))
    assert [config["config_name"] for config in header(text)["configs"]] == ["chat"]
    assert 'load_dataset("parquet", data_files={"train": "p/train.parquet"})' in text
    text = card(facts(formats=(table, *facts().formats)))
    assert [config["config_name"] for config in header(text)["configs"]] == ["parquet"]
    assert 'load_dataset("json", data_files={"train": "chat/train.jsonl", "test": "chat/test.jsonl"})' in text


@pytest.mark.parametrize(
    ("licences", "said", "name"),
    [
        ({"Apache-2.0": 10, "MIT": 0}, "apache-2.0", None),
        ({"unknown": 10}, "unknown", None),
        ({}, "unknown", None),
        ({"MIT": 4, "CC-BY-SA-4.0": 6}, "other", "mixed"),
        ({"House licence (2024)": 10}, "other", "house-licence-2024"),
        ({"版权": 10}, "other", "named-below"),
    ],
)
def test_a_licence_the_hub_does_not_know_is_other(licences, said, name):
    found = header(card(facts(licences=licences)))
    assert (found["license"], found.get("license_name")) == (said, name)


def test_mixed_and_unknown_licences_are_listed_by_rows():
    text = card(facts(licences={"MIT": 4, "unknown": 6}))
    assert text.index("| unknown | 6 |") < text.index("| MIT | 4 |")
    assert "Rows of different licences are mixed" in text
    assert "ask before you publish" in text


def test_the_body_says_who_made_what_from_what_and_what_was_rejected():
    text = card(facts())
    assert "| synthetic | written by a model | 7 | 70.0 % |" in text
    assert "| synthetic | tasks/open\\_qa | teacher-1b | 0123456789ab | 7 |" in text
    assert "| docs/a\\|b.md | 0123456789ab | MIT | own | 10 |" in text
    assert "| grounded | 12 | 2 | 1 |" in text
    assert "- No person has read the rows." in text
    assert 'load_dataset("path/to/this/folder", "chat")' in text
    assert "No check was run." in card(facts(checks=()))


def test_human_rows_alone_are_not_tagged_synthetic():
    said = header(card(facts(makers=(MakerFacts(kind="human", by="harvest/faq", rows=10),))))
    assert said["tags"] == ["gristmill"]
    assert said["annotations_creators"] == ["found"]
    edited = (MakerFacts(kind="edited", by="curate/edit", rows=10),)
    assert header(card(facts(makers=edited)))["annotations_creators"] == ["expert-generated"]


def test_a_long_list_of_sources_is_summed_up():
    sources = tuple(SourceFacts(path=f"{number}.md", sha256=SHA, rows=2) for number in range(130))
    text = card(facts(sources=sources))
    assert "and 30 more sources, with 60 rows." in text
    assert "| 99.md |" in text and "| 100.md |" not in text


@pytest.mark.parametrize(
    ("rows", "bucket"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (99_999, "10K<n<100K"), (10**6, "1M<n<10M")],
)
def test_sizes_fall_into_the_hubs_buckets(rows, bucket):
    assert size_category(rows) == bucket
