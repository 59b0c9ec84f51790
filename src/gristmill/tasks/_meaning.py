"""Tell a pair that says something from one that only fills in the form it was asked for."""

import re
from collections.abc import Collection, Mapping

from gristmill.records import Failure

# What a template calls that which belongs in its place; a question of such words alone asks nothing.
_NOUNS = frozenset(
    (
        "question questions answer answers frage antwort pregunta respuesta réponse domanda risposta pergunta resposta "
        "问题 答案 問題 回答 string str text value placeholder none null na tbd todo lorem ipsum example sample"
    ).split()
)
_POINTERS = frozenset("your my ihre deine votre tu here hier aquí ici goes insert write enter add put".split())
_TEMPLATE = _NOUNS | _POINTERS | frozenset("a an the first second third next another new short full n q".split())
_WORDS = re.compile(r"[^\W\d_]+")
_BRACKETS = re.compile(r"\s*(?:<.*>|\[.*\]|\{.*\})\s*", re.DOTALL)
_UNSAID = re.compile(r"[\s.…_?*\-–—]+")
_EDGE = " \t\r\n?!.:;\"'“”‘’\u200b\u200c\u200d\u2060\ufeff"


def question_and_answer(item: Mapping[str, object]) -> tuple[object, object]:
    """The question and the answer of an object, however its keys are cased and spaced; None for a missing one."""
    keyed = {key.strip(_EDGE).casefold(): value for key, value in item.items()}
    return keyed.get("question"), keyed.get("answer")


def meaningless(question: str, answer: str, text: str, shown: Collection[str]) -> Failure | None:
    """Why a pair is no content: `placeholder`, `echoed` from the worked turns `shown`, or `same`; else None.

    A placeholder is judged by its question. By the answer alone only when it is marked as a template's
    (`...`, `<answer>`, `Your answer here`, `Answer 1`) and does not stand so in the passage's text.
    """
    if _fills_in(question):
        return Failure(state="placeholder", reason=f'"{question[:80]}" fills in for a question')
    if _marked(answer) and answer.strip() not in text:
        return Failure(state="placeholder", reason=f'"{answer[:80]}" fills in for an answer to "{question[:80]}"')
    if question.strip() in shown:
        return Failure(state="echoed", reason=f'"{question.strip()}" is from the worked turns of the prompt')
    if _plain(question) == _plain(answer):
        return Failure(state="same", reason=f'the answer is the question again: "{question[:80]}"')
    return None


def _fills_in(question: str) -> bool:
    return not re.search(r"\w", question) or question.strip(_EDGE).casefold() == "n/a" or _of_template(question)


def _of_template(text: str) -> bool:
    found = _WORDS.findall(text.casefold())
    return not _NOUNS.isdisjoint(found) and _TEMPLATE.issuperset(found)


def _marked(answer: str) -> bool:
    if _UNSAID.fullmatch(answer):
        return True
    points = not _POINTERS.isdisjoint(_WORDS.findall(answer.casefold())) or any(map(str.isdigit, answer))
    return _of_template(answer) and (points or _BRACKETS.fullmatch(answer) is not None)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(_EDGE)
