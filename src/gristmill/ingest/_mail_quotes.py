"""A mail's body unfolded: quoted letters become turns before the reply; signatures and footers go."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from gristmill.ingest._conversation import Turn, spoken
from gristmill.text import words

_QUOTED = re.compile(r"[ \t]{0,3}>[ ]?")
_VERB = r"(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisała?|пишет|писала?|написала?|写道)"
_WROTE = re.compile(
    rf"(?P<before>.{{0,300}}?)\b{_VERB}\b(?P<after>[^:：]{{0,120}})[:：]\**\s*$", re.IGNORECASE | re.DOTALL
)
_WHEN = re.compile(
    r".*(?:\d:\d\d(?::\d\d)?(?: ?[AP]M\b)?(?: ?[+-]\d{4}| [A-Z]{3,4}\b)?|\b(?:19|20)\d\d)[\s,.)]*", re.DOTALL
)
_WHEN_BEGINS = re.compile(r"\s*(?:(?:on|am|le|el|il|op|em|w dniu|в)\b|\d|\w{2,3}[,.] |在)", re.IGNORECASE)
_ENDED = re.compile(r"[.!?]\s*$")
_ON = re.compile(r"\A\s*(?:on|am|le|el|il|op|em)\b[^,]{0,60}(?:,|$)", re.IGNORECASE)
_ADDRESS = re.compile(r"[\[<(]*(?:mailto:)?\s*([\w.+-]+@[\w.-]+)\s*[\]>)]*")
_ORIGINAL = re.compile(
    r"[^\w\n]{0,5}[-_]{2,80}\s{0,5}(?:original(?:e?| message)|ursprüngliche nachricht|originalnachricht"
    r"|message d['’]origine|forwarded (?:message|by)"
    r"|weitergeleitete nachricht|message transféré|mensaje (?:original|reenviado)|messaggio (?:originale|inoltrato)"
    r"|oorspronkelijk bericht|mensagem (?:original|encaminhada)|исходное сообщение|пересылаемое сообщение"
    r")[^\n]{0,80}$|begin forwarded message:$",
    re.IGNORECASE,
)
_FROM = re.compile(r"\W*(?:from|von|de|da|van|от)\s?:\**\s*(\S.*)$", re.IGNORECASE)
_FIELD = re.compile(
    r"\W*(?:from|sent|date|to|cc|bcc|reply-to|subject|importance|von|gesendet|datum|an|betreff|de|envoyé"
    r"|à|objet|enviado"
    r"|fecha|para|asunto|da|inviato|data|a|oggetto|van|verzonden|aan|onderwerp|assunto|от|отправлено|дата"
    r"|кому|тема|копия)"
    r"\s?:",
    re.IGNORECASE,
)
_HELLO = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|hallo|liebe[rs]?"
    r"|sehr geehrte[rs]?|guten (?:tag|morgen)"
    r"|moin|bonjour|bonsoir|cher|chère|hola|estimad[oa]s?|buen[oa]s \w+|ciao|gentile|salve|olá"
    r"|prezad[oa]s?|beste|geachte|привет"
    r"|здравствуйте|добрый день|уважаем\w+)\b[^.?!:;]{0,40}[,!.:]?$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:all the )?best(?: regards| wishes)?|(?:with )?(?:kind|warm|best)(?:est)? regards|regards|cheers|ta|rgds"
    r"|(?:many )?thanks?(?: (?:you|in advance|again|a lot|so much|very much|and regards))*|yours(?: \w+)?"
    r"|sincerely(?: yours)?"
    r"|(?:mit )?(?:freundliche[nr]?|besten?|viele[nr]?|liebe|herzliche[nr]?) gr(?:ü|ue)(?:ß|ss)e?n?|mfg"
    r"|vg|lg|gruß|danke"
    r"|(?:bien )?cordialement|bien à vous|merci|salutations|saludos(?: cordiales)?|un saludo|atentamente|gracias"
    r"|cordiali saluti|grazie|obrigad[oa]|met vriendelijke groet(?:en)?|с уважением|спасибо)\s*[,.!]*$",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"(?:this|the) (?:e-?mail|message|communication|transmission)\b[^.]{0,160}?\b(?:confidential"
    r"|intended (?:only|solely)|privileged)"
    r"|if you (?:are not the intended|(?:have )?received? this (?:e-?mail|message) (?:in error|by mistake))"
    r"|diese e-?mail\b[^.]{0,100}vertraulich|ce (?:message|courriel)\b[^.]{0,100}confidentiel"
    r"|este (?:mensaje|correo)\b[^.]{0,100}confidencial"
    r"|\W*sent from my \w|\W*get outlook for|\W*von meinem .{1,30} gesendet|\W*envoyé (?:de|depuis) mon"
    r"|\W*please consider the environment|\W*you (?:are receiv|received )[^.]{0,60}(?:subscribed|mailing list|group)",
    re.IGNORECASE,
)
_LIST_RULE = re.compile(r"_{8,}\s*$")
_SIGNATURE_LINES, _SIGNATURE_WIDTH, _LONGEST_SENDER, _DEEPEST = 8, 70, 500, 25


@dataclass(slots=True)
class Unfolding:
    """The people whose names are known by address, and counts of what is left out."""

    names: Mapping[str, str]
    left_out: Counter[str] = field(default_factory=Counter)

    def turns(self, text: str, author: str, depth: int = 0) -> list[Turn]:
        """The letters that a body holds, the oldest first; the last turns are the author's own."""
        lines = text.split("\n")
        cut = _original(lines) if depth < _DEEPEST else None
        if cut:
            start, sender, below = cut
            older = self.turns("\n".join(lines[below:]), self.person(sender), depth + 1)
            return [*_quoted(older), *self._replies(lines[:start], author, depth)]
        return self._replies(lines, author, depth)

    def person(self, sender: str) -> str:
        """The name in `Anna Bell <anna@x.org>`, or the one known for the address, or the address."""
        sender = sender[:_LONGEST_SENDER]
        address = _ADDRESS.search(sender)
        name = _ADDRESS.sub(" ", sender[: address.start()] if address else sender)
        name = " ".join(re.sub(r"[\"'*<>\[\]]|\bvia\b.*", " ", name).split()).strip(" ,;:(")
        return name or (self.names.get(address[1].lower(), address[1]) if address else "")

    def _replies(self, lines: Sequence[str], author: str, depth: int) -> list[Turn]:
        """Quotes with the words around them: words only above the quotes answer them, as words below each do.

        What a last, unanswered quote itself quotes is older than all else.
        """
        above: list[Turn] = []
        older: list[Turn] = []
        found: list[Turn] = []
        who = ""
        runs = list(_runs(lines)) if depth < _DEEPEST else [(False, list(lines))]
        said = [n for n, (is_quote, run) in enumerate(runs) if not is_quote and own_words(run, author, Counter())]
        for number, (is_quote, run) in enumerate(runs):
            if is_quote:
                inner = "\n".join(_QUOTED.sub("", line, count=1) for line in run)
                turns = self.turns(inner, who, depth + 1)
                unanswered = len(said) > 1 and number > said[-1]
                older += [turn for turn in turns if unanswered and turn.quoted]
                found += _quoted([turn for turn in turns if not (unanswered and turn.quoted)])
                found += above
                above = []
                continue
            if number + 1 < len(runs):
                run, told = attribution(run)
                who = self.person(told) or who
            own = own_words(run, author, self.left_out)
            if own and len(runs) > 1 and greets(own):
                self.left_out["salutations"] += 1
            elif own and number == 0 and len(runs) > 1:
                above = [Turn(author, own)]
            elif own:
                found.append(Turn(author, own))
        return older + found


def own_words(lines: Sequence[str], author: str, left_out: Counter[str]) -> str:
    """What a letter says, without its salutation, signature and footers, which are counted in `left_out`."""
    kept = list(lines)
    for find in (_rule, _list_footer, partial(_closing, author=author)):
        end = find(kept)
        if end is not None:
            left_out["signatures"] += any(line.strip() for line in kept[end:])
            kept = kept[:end]
    first = next((n for n, line in enumerate(kept) if line.strip()), 0)
    more = any(line.strip() for line in kept[first + 1 :])
    if more and greets(kept[first]):
        left_out["salutations"] += 1
        kept = kept[first + 1 :]
    paragraphs = re.split(r"\n[ \t]*\n", "\n".join(kept))
    said = [paragraph for paragraph in paragraphs if not _FOOTER.match(paragraph.strip())]
    left_out["footers"] += len(paragraphs) - len(said)
    return re.sub(r"\n{3,}", "\n\n", "\n\n".join(said)).strip()


def greets(text: str) -> bool:
    """Whether a text is a salutation and nothing more."""
    return bool(_HELLO.match(text.strip())) and len(words(text)) <= 5


def once(text: str, author: str, said: Sequence[str], left_out: Counter[str]) -> str:
    """A post's own words: without the quotes that `said` holds, and below its last code without signature and the like.

    `said` is what others wrote, by `spoken`. A post that says nothing more is left as it is.
    """
    kept: list[str] = []
    for is_quote, run in _runs([] if "\n```" in text else text.split("\n")):
        key = spoken("\n".join(_QUOTED.sub("", line) for line in run)) if is_quote else ""
        if key.strip() and any(key in one for one in said[-200:]):
            left_out["repeated quotes"] += 1
            kept, _ = attribution(kept)
        else:
            kept += ["", *run] if kept else run
    whole = "\n".join(kept) or text
    fence = whole.rfind("\n```")
    code = 0 if fence < 0 else whole.find("\n", fence + 1) + 1 or len(whole)
    counts: Counter[str] = Counter()
    own = own_words(whole[code:].split("\n"), author, counts)
    if not (code or own):
        return text
    left_out.update(counts)
    return "\n".join(part for part in (whole[:code], own) if part)


def _quoted(turns: Sequence[Turn]) -> list[Turn]:
    return [Turn(turn.author, turn.text, quoted=True) for turn in turns]


def _runs(lines: Sequence[str]) -> Iterator[tuple[bool, list[str]]]:
    """Runs of quoted and of other lines in turn; blank lines between two quoted ones are quoted."""
    run: list[str] = []
    blank: list[str] = []
    quote = False
    for line in lines:
        if not line.strip():
            blank.append(line)
            continue
        is_quote = bool(_QUOTED.match(line))
        if is_quote != quote and run:
            yield quote, run
            run = []
        quote = is_quote if is_quote != quote else quote
        run += [*(blank if run else []), line]
        blank = []
    if run:
        yield quote, run


def attribution(run: list[str]) -> tuple[list[str], str]:
    """The lines without the `On …, Anna wrote:` at their end, and who that names; it may take three lines."""
    last: list[int] = []
    for number in reversed([number for number, line in enumerate(run) if line.strip()]):
        if len(last) > 2 or (last and (number + 1 < last[0] or _ENDED.search(run[number]))):
            break
        last.insert(0, number)
    told = [(first, found) for first in last if (found := _WROTE.match(" ".join(run[first:])))]
    if not told:
        return run, ""
    first, found = next(((first, found) for first, found in told if _WHEN_BEGINS.match(run[first])), told[-1])
    before, after = found["before"], found["after"].strip(" *")
    if any(map(str.isalpha, after)):
        return run[:first], after
    return run[:first], _ON.sub("", _WHEN.sub("", before)).lstrip(" ,")


def _original(lines: Sequence[str]) -> tuple[int, str, int] | None:
    """Where an unmarked older letter begins, who sent it, and where its text begins."""
    for number, line in enumerate(lines):
        rule = _ORIGINAL.match(line)
        if not rule and not (_FROM.match(line) and _are_fields(lines[number + 1 : number + 3])):
            continue
        below = number + bool(rule)
        while below < len(lines) and not lines[below].strip():
            below += 1
        who = ""
        while below < len(lines) and lines[below].strip() and (_FIELD.match(lines[below]) or lines[below][0] in " \t"):
            told = _FROM.match(lines[below])
            who = who or (told[1] if told else "")
            below += 1
        start = number
        while start and (not lines[start - 1].strip() or _LIST_RULE.match(lines[start - 1])):
            start -= 1
        return start, who, max(below, number + 1)
    return None


def _are_fields(lines: Sequence[str]) -> bool:
    return len(lines) > 1 and all(map(_FIELD.match, lines))


def _rule(lines: Sequence[str]) -> int | None:
    """The rule that mail programs put above a signature."""
    return next((n for n, line in enumerate(lines) if line.rstrip(" ") == "--"), None)


def _list_footer(lines: Sequence[str]) -> int | None:
    """The rule above the footer of a mailing list."""
    for number, line in enumerate(lines):
        if _LIST_RULE.match(line) and re.search(r"mailing list|unsubscribe", " ".join(lines[number + 1 : number + 5])):
            return number
    return None


def _closing(lines: Sequence[str], author: str) -> int | None:
    """The line that says goodbye, with few and short lines below it; or the author's name alone at the end."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    for number in full[-_SIGNATURE_LINES - 1 :]:
        below = [lines[n] for n in full if n > number]
        if _CLOSING.match(lines[number].strip(" \t*_-–—")) and all(len(line) <= _SIGNATURE_WIDTH for line in below):
            return number
    name = lines[full[-1]].strip(" \t*_-–—.,").casefold() if len(full) > 1 else ""
    return full[-1] if name and name in {author.casefold(), author.casefold().split(" ")[0]} else None
