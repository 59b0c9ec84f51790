"""Recognises the words on the picture of a page, offline, with models that come with the package."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from gristmill.errors import Unreadable
from gristmill.ingest._lines import Word
from gristmill.lazy import lazy

numpy = lazy("numpy")
rapidocr = lazy("rapidocr")

_DOTS_PER_POINT = 150 / 72
_MOST_PIXELS = 6_000_000
_LONGEST_SIDE = 6_000
_LEAST_SCORE = 0.5
_SURE = 0.85
_MISSING = (
    "Its pages are pictures, and the package that recognises text is not installed. Run pip install 'gristmill[ocr]', "
    "or set `ocr: false`."
)
_SETTINGS = {"Global.log_level": "critical", "Global.use_cls": False, "Global.text_score": _LEAST_SCORE}


class Seen(NamedTuple):
    """What was recognised on a page: each line as one word with its place, and the least confidence of them all."""

    words: list[Word]
    least: float
    mean: float


class Recogniser:
    """Recognises pages one by one; the models are loaded for the first."""

    def page(self, page: Any) -> Seen | None:
        """The lines of a page, upright whichever way it was scanned; None when nothing is seen. Raises Unreadable."""
        wide, high = page.get_size()
        if not (math.isfinite(wide * high) and wide > 0 and high > 0):
            return None
        scale = min(_DOTS_PER_POINT, math.sqrt(_MOST_PIXELS / (wide * high)), _LONGEST_SIDE / max(wide, high))
        if min(wide, high) * scale < 8:
            return None
        bitmap = page.render(scale=scale, may_draw_forms=False)
        try:
            return self._upright(numpy.array(bitmap.to_numpy()))
        finally:
            bitmap.close()

    @cached_property
    def _engine(self) -> Any:
        try:
            return rapidocr.RapidOCR(params=_SETTINGS)
        except ImportError:
            raise Unreadable("no_text", _MISSING) from None

    def _upright(self, picture: Any) -> Seen | None:
        """What is seen in the picture, turned until lines lie flat and can be read."""
        seen = self._lines(picture)
        if seen and sum(word.bottom - word.top > word.right - word.left for word in seen.words) * 2 > len(seen.words):
            picture = numpy.ascontiguousarray(numpy.rot90(picture))
            seen = self._lines(picture)
        if seen and seen.mean < _SURE:
            turned = self._lines(numpy.ascontiguousarray(numpy.rot90(picture, 2)))
            seen = max((one for one in (seen, turned) if one), key=lambda one: one.mean)
        return seen

    def _lines(self, picture: Any) -> Seen | None:
        found = self._engine(picture)
        if not found.txts:
            return None
        made = [(_word(text, box), float(score)) for text, box, score in zip(*_parts(found), strict=True)]
        words = sorted((word for word, _ in made if word.text), key=lambda word: (word.top, word.left))
        scores = [score for word, score in made if word.text]
        return Seen(words, min(scores), sum(scores) / len(scores)) if words else None


def _parts(found: Any) -> tuple[Sequence[str], Sequence[Any], Sequence[float]]:
    return found.txts, found.boxes, found.scores


def _word(text: str, box: Any) -> Word:
    across, down = [float(x) for x, _ in box], [float(y) for _, y in box]
    return Word(" ".join(text.split()), min(across), min(down), max(across), max(down))
