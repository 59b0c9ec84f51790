"""Says in which language rows are written, and rejects those that are not wanted."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from gristmill.contracts import TextCheck
from gristmill.curate._languages import SHIPS, Judged, Model, judge, mask_of, model_of
from gristmill.errors import UserError
from gristmill.lazy import lazy
from gristmill.texts import DOCUMENT_ROLE, Texts, together, verdicts

np = lazy("numpy")

_ROLES = ("question", "answer", "context")
_MOST_PARTS = 20
_SHOWN = 80

Role = Literal["question", "answer", "context", "text"]


class Language(TextCheck):
    """What it rejects: with `keep`, a row that is written in another language.

    The texts of a row are judged together, and each piece of 60 letters or more (a paragraph, or a
    sentence or several) by itself. When pieces in other languages than the whole hold at least
    `mixed_share` of the letters, the row is noted as `mixed`, with the places; it is rejected only
    when the whole is surely in a language that is not wanted. A text of fewer letters than
    `least_chars`, or that the model gives a lower score than `least_score`, is noted as
    `undetermined` and never rejected: "ok" is written in many languages. Digits, signs and emoji are
    no letters; a Chinese, Japanese or Korean one counts as three. With `keep` empty nothing is
    rejected.

    The model is fastText's lid.176 (176 languages), in its compressed form, which an installed
    package holds: nothing is fetched. Its labels for whole texts are fastText's own, whatever their
    length, but that pieces mostly in capitals are read in small letters. Of sentences in 69 of its
    languages 89 % are told right, 99 % of those with a score of 0.8 and more. A language that it does
    not know gets the name of another, mostly with a low score. Near relatives (Norwegian and Danish,
    Croatian and Bosnian) are easily taken for each other: keep both, or name in `among` which
    languages there can be.

    Any other supervised fastText model can be named, and FUN-LangID's own file of 1,600 languages
    (fun_langid.py, which is read and never run); its score is the share of a text's runs of four
    letters that are frequent in the language, about 0.2 for one that is right. The reading of both
    files and the scores follow fastText (Joulin and others 2016, 2017) and google-research/url-nlp.

    Why it matters: rows in other languages than the model shall speak cost training and teach it to
    change language; a mixed row teaches it in the middle of an answer.

    Kept: with keep [en], "In which year did the first harbour of the town open?" - "It opened in 1894."

    Rejected: with keep [en], "In welchem Jahr wurde der erste Hafen der Stadt eröffnet?" - "Er wurde 1894 eröffnet."
    """

    needs: ClassVar[tuple[str, ...]] = (SHIPS, "numba", "numpy", "pyarrow")
    reads: ClassVar[tuple[str, ...]] = ()
    keep: tuple[str, ...] = Field((), description="languages wanted, by code (en, de …); empty: only say")
    among: tuple[str, ...] = Field((), description="languages that there can be; empty: all that the model knows")
    columns: tuple[Role, ...] = Field((), description="what is judged, taken together; empty: all texts of a row")
    model: str = Field(
        "", description="path of a fastText model or of FUN-LangID's fun_langid.py; empty: lid.176.ftz of a package"
    )
    least_score: float = Field(
        0, ge=0, le=1, description="score below which a language is undetermined; 0: 0.5, and 0.1 with FUN-LangID"
    )
    least_chars: int = Field(20, ge=1, description="letters below which a language is undetermined")
    mixed_share: float = Field(
        0.1, gt=0, le=1, description="share of the letters in other languages from which a row is noted as mixed"
    )

    def files(self) -> tuple[str, ...]:
        """The model's file: a change of its bytes is a change of the check."""
        return (self.model,) if self.model else ()

    def judge_texts(self, texts: Texts) -> Any:
        """`score` is the model's; `evidence` has the language, the letters, and of a mixed row the parts."""
        roles: tuple[str, ...] = self.columns or tuple(role for role in (DOCUMENT_ROLE, *_ROLES) if role in texts.roles)
        if not roles:
            raise UserError(f"these rows have no text to judge, but {', '.join(texts.roles)}.")
        model = model_of(self.model)
        allowed = mask_of(self.among or model.labels, model, "among")
        wanted = mask_of(self.keep or model.labels, model, "keep")
        if not (wanted & allowed).any():
            raise UserError(f"no language of `keep` ({', '.join(self.keep)}) is in `among` ({', '.join(self.among)}).")
        found: list[Any] = []
        for first, batch in texts.batches(*roles):
            found.extend(self._batch(_Batch(texts, roles, first, model, judge(model, batch, allowed)), wanted))
        return together(found)

    def _batch(self, batch: "_Batch", wanted: Any) -> Iterator[Any]:
        found, least = batch.judged, self.least_score or batch.model.least_score
        sure = (found.labels >= 0) & (found.scores >= least) & (found.letters >= self.least_chars)
        other = sure & ~wanted[found.labels]
        others = batch.others()
        owners = found.owners
        foreign = np.bincount(owners[others], found.weights[others], len(found.labels))
        mixed = ~other & (foreign > 0) & (foreign / np.maximum(found.letters, 1) >= self.mixed_share)
        yield batch.rejected(np.flatnonzero(other), self.keep)
        yield batch.undetermined(np.flatnonzero(~sure & ~mixed), self.least_chars, least)
        yield batch.mixed(np.flatnonzero(mixed), foreign, others)


class _Batch:
    """Some rows as they were judged, and the verdicts on them."""

    def __init__(self, texts: Texts, roles: Sequence[str], first: int, model: Model, judged: Judged) -> None:
        self.texts, self.roles, self.first, self.model, self.judged = texts, roles, first, model, judged

    def others(self) -> Any:
        """For each piece whether it is surely in another language than its row."""
        found = self.judged
        surely = (found.parts >= 0) & (found.chances >= self.model.sure_score)
        return surely & (found.parts != found.labels[found.owners])

    def rejected(self, rows: Any, keep: Sequence[str]) -> Any:
        kept = ", ".join(keep)
        reasons = [
            f'It is written in "{name}" (score {score:.2f} of {letters} letters); wanted is {kept}.'
            for name, score, letters in self._told(rows)
        ]
        return self._verdicts(rows, "reject", "other_language", reasons, self._seen(rows))

    def undetermined(self, rows: Any, least_chars: int, least: float) -> Any:
        reasons = [
            f"It has {letters} letters, too few to tell a language; {least_chars} are needed."
            if letters < least_chars
            else f'Its language cannot be told: the likeliest is "{name}" with a score of {score:.2f}, below {least}.'
            for name, score, letters in self._told(rows)
        ]
        return self._verdicts(rows, "note", "undetermined", reasons, self._seen(rows))

    def mixed(self, rows: Any, foreign: Any, others: Any) -> Any:
        reasons, seen = [], []
        for row, (name, _, letters), evidence in zip(rows, self._told(rows), self._seen(rows), strict=True):
            parts = self._parts(int(row), others)
            names = ", ".join(sorted({f'"{part["language"]}"' for part in parts}))
            share = foreign[row] / letters
            reasons.append(f'It is mixed: mostly "{name}", but {share:.0%} of its letters are in {names}.')
            seen.append({**evidence, "parts": parts[:_MOST_PARTS], "count": len(parts)})
        return self._verdicts(rows, "note", "mixed", reasons, seen)

    def _verdicts(self, rows: Any, outcome: Any, code: str, reasons: Sequence[str], seen: Sequence[Any]) -> Any:
        return verdicts(rows + self.first, outcome, code, reasons, np.round(self.judged.scores[rows], 4), seen)

    def _told(self, rows: Any) -> Iterator[tuple[str, float, int]]:
        found = self.judged
        columns = (found.labels[rows].tolist(), found.scores[rows].tolist(), found.letters[rows].tolist())
        for label, score, letters in zip(*columns, strict=True):
            yield self._name(label), score, letters

    def _seen(self, rows: Any) -> list[dict[str, Any]]:
        return [{"language": name, "letters": letters} for name, _, letters in self._told(rows)]

    def _name(self, label: int) -> str:
        return self.model.labels[label] if label >= 0 else "und"

    def _parts(self, row: int, others: Any) -> list[dict[str, Any]]:
        """Runs of pieces in one other language, each with its place in the row's text of that role."""
        found: list[dict[str, Any]] = []
        cells = [self.texts.text(role, self.first + row) for role in self.roles]
        before = -2
        for piece, begin, end in self._spans(row):
            if not others[piece]:
                continue
            part = _part(self.roles, cells, begin, end)
            part |= {"language": self._name(int(self.judged.parts[piece])), "score": round(self._chance(piece), 4)}
            last = found[-1] if found else part
            if before == piece - 1 and (last["language"], last["role"]) == (part["language"], part["role"]):
                last["end"], last["score"] = part["end"], min(last["score"], part["score"])
            else:
                found.append(part)
            before = piece
        return found

    def _chance(self, piece: int) -> float:
        return float(self.judged.chances[piece])

    def _spans(self, row: int) -> Iterator[tuple[int, int, int]]:
        """The pieces of a row: number, begin and end in code points of its texts, joined by line breaks."""
        found = self.judged
        start, stop = found.starts[row], found.starts[row + 1]
        points = np.concatenate([[0], np.cumsum((found.data[start:stop] & 0xC0) != 0x80)])
        begin = 0
        for piece in range(found.first[row], found.first[row + 1]):
            end = int(points[found.ends[piece] - start])
            yield piece, begin, end
            begin = end


def _part(roles: Sequence[str], cells: Sequence[str], begin: int, end: int) -> dict[str, Any]:
    """Where a span of the joined texts stands: the role, the place in its text, and how it begins."""
    joined = "\n".join(cells)[begin:end]
    begin += len(joined) - len(joined.lstrip())
    number, before = 0, 0
    while begin > before + len(cells[number]):
        before += len(cells[number]) + 1
        number += 1
    return {"role": roles[number], "start": begin - before, "end": end - before, "begins": joined.strip()[:_SHOWN]}
