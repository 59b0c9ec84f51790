"""Drop rows that ask and answer word for word what another row does."""

import unicodedata
from typing import Any, ClassVar

from gristmill.contracts import TextCheck
from gristmill.curate._twins import joined, quoted, ranked
from gristmill.lazy import lazy
from gristmill.texts import Texts, column_of, raw, together, verdicts

np = lazy("numpy")
pa = lazy("pyarrow")
alphabets = lazy("gristmill.compiled.alphabet")
letters = lazy("gristmill.compiled.letters")


class ExactDuplicates(TextCheck):
    """What it rejects: a row whose question and answer both equal another row's, to the letter.

    Whole documents are compared by their `text`. White space and the Unicode form of letters do not
    count; case and punctuation do. Of equal rows the one stays that a person wrote, else the longest
    with its passage, else the one of lowest id. Members of one family may repeat question and answer
    over different passages. Texts are told apart by a hash of 128 bits.

    Why it matters: repeated rows are learned by heart, and one that falls on both sides of a split
    makes the score too good.

    Kept: "Who wrote Emma?" - "Jane Austen", beside "Who wrote Emma?" - "Austen".

    Rejected: "Who wrote Emma?" - "Jane Austen", beside "Who  wrote Emma?" - "Jane Austen".
    """

    needs: ClassVar[tuple[str, ...]] = ("numba", "numpy", "pyarrow")
    reads: ClassVar[tuple[str, ...]] = ()
    compares: ClassVar[bool] = True

    def judge_texts(self, texts: Texts) -> Any:
        """A rejection for every row but one of those that are equal; evidence: the `twin` that stays, and `rows`."""
        if len(texts) == 0:
            return together([])
        rows = ranked(texts)
        roles = ("text",) if texts.documents else ("question", "answer")
        keys = [key[rows] for role in roles for key in _keys(texts, role)]
        group, sizes = _groups(keys)
        twins = _first(group)
        families = texts.family[rows]
        # A row of the family that leads its group has a twin only where the passage is the same.
        leads = (families >= 0) & (families == families[twins])
        if leads.any() and "context" in texts.roles:
            same, _ = _groups([group, *(key[rows] for key in _keys(texts, "context"))])
            (places,) = np.nonzero(leads)
            twins[places] = places[_first(same[places])]
        (gone,) = np.nonzero(twins != np.arange(len(rows)))
        names = texts.ids.take(pa.array(rows[twins[gone]])).combine_chunks().cast(pa.string())
        what = "text equals that" if texts.documents else "question and answer equal those"
        reason = joined(f"Its {what} of row ", names, ", which stays.")
        count = pa.array(sizes[group[gone]]).cast(pa.string())
        evidence = joined('{"rows":', count, ',"twin":', quoted(names), "}")
        return together([verdicts(rows[gone], "reject", "exact_duplicate", reason, np.ones(len(gone)), evidence)])


def _keys(texts: Texts, role: str) -> tuple[Any, Any]:
    """Two numbers for each text of a role, equal for equal texts."""
    size, table, first = len(texts), alphabets.alphabet(), 0
    out = np.zeros(size, np.bool_), np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    for chunk in texts.column(role).chunks:
        numbers = np.arange(first, first + len(chunk))
        letters.hashed(raw(chunk), numbers, table, out)
        loose = ~out[0][numbers]
        if loose.any():
            plain = chunk.filter(pa.array(loose)).to_pylist()
            composed = column_of([unicodedata.normalize("NFC", text) for text in plain]).combine_chunks()
            letters.hashed(raw(composed), numbers[loose], table.settled(), out)
        first += len(chunk)
    return out[1], out[2]


def _groups(keys: Any) -> tuple[Any, Any]:
    """For each place the number of its group of equal keys, and the size of each group."""
    order = np.lexsort(keys)
    new = np.zeros(len(order), np.bool_)
    for key in keys:
        new[1:] |= key[order][1:] != key[order][:-1]
    group = np.empty(len(order), np.int64)
    group[order] = np.cumsum(new)
    return group, np.bincount(group)


def _first(group: Any) -> Any:
    """For each place the first place of its group."""
    _, first, member = np.unique(group, return_index=True, return_inverse=True)
    return first[member]
