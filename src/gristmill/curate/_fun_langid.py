"""Read the lists of FUN-LangID's own file, which is never run, and judge texts by them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.errors import UserError
from gristmill.lazy import lazy

np = lazy("numpy")
pc = lazy("pyarrow.compute")
loops = lazy("gristmill.compiled.fun_langid")

_LIST = re.compile(r'^[ \t]*\("([^"\\\n]{1,40})", "((?:[^"\\\n]|\\.)*)"\.strip\(\)\.split\("/"\)\)', re.MULTILINE)
_ESCAPED = re.compile(r"\\(.)")
# Languages told by single characters, and how many entries of a list count.
_SINGLE = ("zh", "zh-Hant", "yue", "ja")
_TOP = 150
_MOST_LANGUAGES = 20_000


@dataclass(frozen=True, slots=True)
class FunLangId:
    """Lists of frequent runs of four letters: the languages, and the lists for the compiled loops."""

    labels: tuple[str, ...]
    lists: Any
    least_score: float = 0.1
    sure_score: float = 0.25

    def plain(self, array: Any) -> Any:
        """Texts as the model reads them, of the same code points: in lower case, quotes and slashes replaced."""
        lowered = pc.replace_substring(pc.utf8_lower(array), '"', "'")
        return pc.replace_substring(lowered, "/", " ")

    def judge(self, data: Any, cuts: tuple[Any, ...], allowed: Any) -> tuple[Any, ...]:
        """Languages and shares of texts, and of their pieces; see `compiled.fun_langid.judge`."""
        return tuple(loops.judge(self.lists, data, cuts, allowed))


def holds_lists(text: str) -> bool:
    """Whether a file holds lists as FUN-LangID writes them."""
    return _LIST.search(text) is not None


def read_lists(text: str, path: str) -> FunLangId:
    """The model in this text. Raises UserError when it holds absurdly many languages."""
    lists = {found[1]: _ESCAPED.sub(r"\1", found[2]).strip().split("/")[:_TOP] for found in _LIST.finditer(text)}
    if len(lists) > _MOST_LANGUAGES:
        raise UserError(f"{path} lists {len(lists):,} languages, where at most {_MOST_LANGUAGES:,} are read.")
    return FunLangId(tuple(lists), _arrays(lists))


def _arrays(lists: Mapping[str, Sequence[str]]) -> Any:
    languages: dict[str, list[int]] = {}
    for number, listed in enumerate(lists.values()):
        for run in listed:
            languages.setdefault(run, []).append(number)
    runs = [run.encode("utf-8", "surrogatepass") for run in languages]
    letters = np.frombuffer(b"".join(runs), np.uint8)
    starts = np.cumsum([0, *map(len, runs)], dtype=np.int64)
    slots = np.full(1 << (2 * len(runs)).bit_length(), -1, np.int32)
    loops.fill(letters, starts, slots)
    return loops.Lists(
        letters,
        starts,
        slots,
        np.cumsum([0, *map(len, languages.values())], dtype=np.int64),
        np.array([number for listed in languages.values() for number in listed], np.int32),
        np.array([language in _SINGLE for language in lists], np.bool_),
    )
