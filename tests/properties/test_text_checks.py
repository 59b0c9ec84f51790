"""Checks of many rows at once judge a corpus of documents as they judge rows: in any order, each row at most once."""

import json
import random
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import part

from gristmill.contracts import TextCheck
from gristmill.find import find, names
from gristmill.records import Outcome
from gristmill.texts import Texts, verdicts_schema

CHECKS = [name for name in names("curate") if issubclass(find("curate", name), TextCheck)]
LINES = (
    "The first harbour of the town of Eastport opened in 1894. It was rebuilt in 1931 after a fire.",
    "the first harbour of the town of Eastport opened in 1894; it was rebuilt in 1931 after a fire!",
    "Write to anna.smith@mail123.org, or call (212) 555-0143 before noon.",
    "北京是中国的首都。它有两千多万人口。",
    "Die Straße heißt „Große Gasse“ und führt zum Café 👩‍👩‍👧.",
    "- one\n- two\n- three\n- four …",
    "",
)
DOCUMENTS = st.lists(
    st.one_of(
        st.sampled_from(LINES), st.text(max_size=80), st.lists(st.sampled_from(LINES), max_size=9).map("\n".join)
    ),
    max_size=8,
)


def corpus(texts: list[str], ids: list[str], wanted: tuple[str, ...] = (), chunk: int = 3) -> Texts:
    """Documents as columns in several chunks, as a long file comes; wanted columns hold the text's first letter."""

    def column(values: list[str]) -> Any:
        pieces = [pa.array(values[at : at + chunk], pa.string()) for at in range(0, len(values), chunk)]
        return pa.chunked_array(pieces, pa.string())

    roles = {"text": column(texts)} | {name: column([text[:1] for text in texts]) for name in wanted}
    size = len(texts)
    return Texts(roles=roles, ids=column(ids), precedence=np.zeros(size, np.int8), family=np.full(size, -1, np.int32))


def found(check: TextCheck, texts: list[str], ids: list[str]) -> dict[str, dict[str, Any]]:
    table = check.judge_texts(corpus(texts, ids, check.wanted()))
    assert table.schema.equals(verdicts_schema())
    lines = table.to_pylist()
    assert len({line["row"] for line in lines}) == len(lines), "a row was judged twice"
    for line in lines:
        assert line["outcome"] in get_args(Outcome)
        assert line["outcome"] == "pass" or (line["code"] and len(line["reason"].split()) > 1)
        json.loads(line["evidence"] or "{}")
    return {ids[line.pop("row")]: line for line in lines}


@pytest.mark.parametrize("name", CHECKS)
def test_it_judges_documents_in_any_order(name: str, folder: Path) -> None:
    check = part("curate", name, folder)
    assert isinstance(check, TextCheck)

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(DOCUMENTS, st.integers(0, 9))
    def judges(drawn: list[str], seed: int) -> None:
        texts = [text.encode("utf-8", "replace").decode() for text in drawn]
        ids = [f"row{number}" for number in range(len(texts))]
        first = found(check, texts, ids)
        order = list(range(len(texts)))
        random.Random(seed).shuffle(order)
        assert found(check, [texts[at] for at in order], [ids[at] for at in order]) == first

    judges()
