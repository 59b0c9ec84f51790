"""Tell a question from any other line, in the languages of most documentation."""

import re

from gristmill.outline import plain
from gristmill.text import words

_PREFIX = re.compile(
    r"\A(?:\(?\d+(?:\.\d+)*[.):]\s|\d+(?:\.\d+)+\s|\(?[A-Z]\d*[.):]|[A-Z]\d+|(?:Question|Frage|Pregunta|Domanda|Vraag|Вопрос"
    r"|FAQ)\s*+\d*+\s*+[.:)]|[QP问問]\s*+\d*+\s*+[.:：])\s*(?=\S)"
)
_MARK = re.compile(r"[?？؟][\"'”’»)\]`*_]*$")
_ASKING = re.compile(
    r"(?:how (?:do|does|did|can|could|should|to|is|are|much|many|long|often)|what (?:is|are|does|do|was|were|happens)"
    r"|why (?:is|are|do|does|did|was|were|should|can[’']t|doesn[’']t|isn[’']t|don[’']t)"
    r"|(?:when|where) (?:is|are|do|does|should|can|will)|who (?:is|are|can|should)|which \w+ (?:is|are|do|does|can)"
    r"|can (?:i|we|you)|do (?:i|we|you)|does|is (?:it|there|this)|are there|should (?:i|we)"
    r"|wie (?:kann|funktioniert|geht|wird|werden|viel|lange|oft)|was (?:ist|sind|bedeutet|kostet|passiert)|warum|wieso"
    r"|wo (?:ist|finde|kann)|wer (?:ist|kann|darf)|wann (?:ist|wird|muss|kann)|(?:kann|muss|darf) ich"
    r"|comment (?:puis|faire|fonctionne|est|sont|se)|pourquoi|qu[’']est-ce|quel(?:le)?s? (?:est|sont)|(?:puis|dois)-je"
    r"|cómo|qué (?:es|son|hace|pasa)|por qué|cuándo|dónde|quién|cuál(?:es)? (?:es|son)|o que (?:é|são)"
    r"|como (?:posso|faço|funciona)|come (?:posso|si|funziona)|cos[’']è|che cos[’']è|hoe (?:kan|werkt|moet)"
    r"|wat (?:is|zijn)|waarom|kan ik|что такое|почему|зачем|как (?:мне|можно|работает|сделать))\b"
    r"|¿|如何|怎么|怎样|什么是|为什么|なぜ|どうやって|どのように|왜 |어떻게|무엇"
    r"|كيف |ما هو |ما هي |لماذا |هل |कैसे |क्यों ",
    re.IGNORECASE,
)
_UNCLEAR = re.compile(
    r"(?:(?:how|what|why|when|where) )?(?:does|do|can|will|did) (?:it|this|that|they|these)\b"
    r"|(?:is|are|was) (?:this|that|these|those)\b|(?:and|but|so|ok|okay|well)\b|.*\b(?:it|this|that|them|these)\W*$",
    re.IGNORECASE,
)
_GAP = re.compile(r"…|\.\.\.")
_NO_ANSWER = re.compile(
    r"(?:still |any |got |have |more |further |other )*(?:questions?|feedback|problems?)\b"
    r"|what(?:[’']s| is| was) (?:new|next|changed)"
    r"|do you have|have you|did you|was this|is this (?:page|article)|need (?:more |any )?help|want to|ready to"
    r"|(?:what|where) (?:to do )?next|looking for|where to go|how (?:it|this) works",
    re.IGNORECASE,
)


def asks_first(line: str) -> bool:
    """Whether a line begins with a whole question and says a little more: "Can I …? Meaning, …"."""
    first, mark, _ = plain(line).partition("?")
    return bool(mark and _ASKING.match(first)) and len(words(line)) <= 40


def question_of(line: str, *, marked: bool = False) -> str:
    """The question that a line asks, without number and Markdown; "" when it asks none.

    A question about "it" or "this" asks nothing by itself, and "Any questions?" nothing at all.

    With `marked` only a question mark counts, else also a beginning such as "How do" or "Was ist".
    """
    asked = _PREFIX.sub("", plain(line), count=1).strip()
    asked = plain(asked)
    begins = not marked and _ASKING.match(asked) and not asked.endswith((".", "!", ":")) and len(words(asked)) <= 20
    if not (_MARK.search(asked) or begins) or _NO_ANSWER.match(asked) or _UNCLEAR.match(asked) or _GAP.search(asked):
        return ""
    return asked if len(words(asked)) >= 3 else ""
