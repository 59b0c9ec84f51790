"""Reads exports of forums and tickets (JSON): each thread as turns, the best answer first."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from gristmill.contracts import Reader
from gristmill.errors import Unreadable
from gristmill.ingest._conversation import Kind, Turn, conversation, spoken
from gristmill.ingest._decode import decode
from gristmill.ingest._html_fragment import fragment_text
from gristmill.ingest._mail_quotes import once
from gristmill.records import Document, Failure, Source, canonical

_TITLES = ("title", "subject", "question", "topic")
_BODIES = ("body", "text", "content", "message", "description", "selftext", "comment", "answer", "bodyhtml")
_AUTHORS = ("author", "user", "from", "username", "authorname", "owner", "postedby", "sender", "createdby", "requester")
_NAMES = ("name", "displayname", "username", "login", "email")
_DATES = ("createdat", "date", "created", "creationdate", "timestamp", "publishedat", "postedat", "time", "createdutc")
_POSTS = ("posts", "comments", "replies", "messages", "answers", "responses", "conversation")
_ACCEPTED = ("accepted", "isaccepted", "isbest", "best", "issolution", "solution")
_SCORES = ("score", "votes", "upvotes", "points", "likes")
_HTML = re.compile(
    r"</?(?:p|br|div|span|a|ul|ol|li|pre|code|blockquote|strong|em|b|i|h[1-6]|table|img)\b[^<>]{0,500}>", re.I
)
_DEEPEST = 50
_Fields = Mapping[str, Any]


class Threads(Reader):
    """One document per thread of a JSON export: an object, or a list of them, with a title and a list of posts.

    Titles are named title, subject, question or topic; posts stand in posts, comments, replies, messages or
    answers, each with a body and an author. Posts become turns `Message (Anna): …` and `Reply (Ben): …` in time
    order; where answers are listed, `Question (Anna): …` and `Answer (Ben): …` with the accepted or highest
    scored answer first. HTML is rendered; salutations, signatures and quotes of other posts are left out and
    counted. Any other JSON is refused with its keys: files of ready-made rows need
    a `format` in the recipe.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".json",)
    needs: ClassVar[tuple[str, ...]] = ("lxml",)

    def read(self, data: bytes, source: Source) -> Iterator[Document | Failure]:
        """Yield a document per thread (`ordinal` from 1 in a list), a Failure per thread that says nothing.

        Raises Unreadable.
        """
        value = _parsed(decode(data).text)
        threads = _listed(value)
        made: list[Document | Failure] = []
        for number, thread in enumerate(threads, 1):
            ordinal = number if isinstance(value, list) or len(threads) > 1 else 0
            try:
                made.append(_document(thread, source, ordinal, number))
            except Unreadable as error:
                made.append(Failure(state=error.state, reason=f"Thread {number}: {error.reason}"))
        if not any(isinstance(one, Document) for one in made):
            failed = [one for one in made if isinstance(one, Failure)]
            reason = f"None of its {len(failed)} threads can be used. The first: {failed[0].reason}"
            raise Unreadable(failed[0].state, reason)
        yield from made


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
        canonical(value).encode("utf-8")
    except json.JSONDecodeError as error:
        raise Unreadable(
            "broken", f"It is not JSON: {error.msg} in line {error.lineno}, column {error.colno}. Mend it there."
        ) from None
    except UnicodeEncodeError:
        raise Unreadable("broken", "It holds half of a surrogate pair. Write that character whole.") from None
    except (ValueError, RecursionError):
        raise Unreadable("broken", "It is nested too deep or holds too long a number. Mend it.") from None
    return value


def _listed(value: Any) -> list[dict[str, Any]]:
    """The threads: the object, the list, or the one list of threads in the object. Raises Unreadable."""
    inside = list(value.values()) if isinstance(value, dict) else []
    for one in [[value] if isinstance(value, dict) else value, *inside]:
        objects = [_folded(item) for item in one if isinstance(item, dict)] if isinstance(one, list) else []
        if any(map(_is_thread, objects)) and len(objects) == len(one):
            return objects
    sample = next((item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)), None)
    keys = "no objects" if sample is None else f"the keys {', '.join(map(str, list(sample)[:12])) or '(none)'}"
    raise Unreadable(
        "unsupported",
        f"It has {keys}, and no threads: objects with a title or subject and a list of posts, comments, replies, "
        "messages or answers, each with an author and a body. If it holds ready-made rows, name its `format` at its "
        "source in the recipe.",
    )


def _folded(item: Mapping[Any, Any]) -> dict[str, Any]:
    """The object with its keys in small letters, without `_` and `-`."""
    return {re.sub(r"[_\-\s]", "", str(key)).lower(): value for key, value in reversed(list(item.items()))}


def _is_thread(item: _Fields) -> bool:
    posts = [_folded(post) for key in _POSTS for post in _objects(item.get(key))]
    told = _first(item, _TITLES) and any(_first(post, _BODIES) for post in posts)
    return bool(told and any(_author(one) for one in [item, *posts]))


def _objects(value: Any) -> list[dict[Any, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _document(thread: _Fields, source: Source, ordinal: int, number: int) -> Document | Failure:
    if not _is_thread(thread):
        reason = (
            f"Thread {number} has no title, or no posts with author and body. Its keys: {', '.join(list(thread)[:9])}."
        )
        return Failure(state="broken", reason=reason)
    left_out: Counter[str] = Counter()
    title = " ".join(_text(_first(thread, _TITLES)).split())
    answered = bool(_objects(thread.get("answers")))
    turns = [Turn(_author(thread), _text(_first(thread, _BODIES)), "question" if answered else "")]
    for key in _POSTS:
        posts = [_folded(post) for post in _objects(thread.get(key))]
        left_out["posts that are not objects"] += len(thread.get(key) or []) - len(posts) if posts else 0
        kind: Kind = "answer" if key == "answers" else ""
        ordered = _best_first(posts, thread) if kind else _in_time(posts)
        turns += _turns(ordered, kind, left_out)
    turns = _titled(title, _own(turns, left_out), answered, _author(thread))
    if len(turns) < 1 or all(turn.text == title for turn in turns):
        return Failure(state="no_text", reason=f'Thread {number}, "{title[:80]}", has no post that says anything.')
    fields = {"posts": str(len(turns)), "date": _date(thread), "author": _author(thread)}
    fields |= {key: thread[key] for key in ("url", "link", "permalink") if isinstance(thread.get(key), str)}
    fields["left_out"] = ", ".join(f"{kind}: {count}" for kind, count in sorted((+left_out).items()))
    told = {name: value for name, value in fields.items() if value}
    return Document(text=conversation(turns), source=source, title=title, metadata=told, ordinal=ordinal)


def _own(turns: list[Turn], left_out: Counter[str]) -> list[Turn]:
    """The turns that say something, without signatures and what they quote of each other."""
    own: list[Turn] = []
    said: list[str] = []
    for turn in turns:
        if turn.text.strip():
            own.append(Turn(turn.author, once(turn.text, turn.author, said, left_out), turn.kind))
            said.append(spoken(own[-1].text))
    return own


def _titled(title: str, turns: list[Turn], answered: bool, author: str) -> list[Turn]:
    """The title before the first turn's words, unless these begin with it; a question may be its title alone."""
    asked = answered and (not turns or turns[0].kind != "question")
    if asked or not turns:
        return [Turn(author, title, "question" if answered else ""), *turns]
    first = turns[0]
    again = " ".join(first.text.split()).casefold().startswith(title.casefold())
    head = title if title.endswith(tuple(".?!:;…。？！")) else f"{title}:"
    return [first if again else Turn(first.author, f"{head}\n\n{first.text}", first.kind), *turns[1:]]


def _turns(posts: list[dict[str, Any]], kind: Kind, left_out: Counter[str]) -> Iterator[Turn]:
    """A turn per post, each followed by the replies to it."""
    waiting = [(post, 0) for post in reversed(posts)]
    while waiting:
        post, depth = waiting.pop()
        text = _text(_first(post, _BODIES))
        if text.strip():
            yield Turn(_author(post), text, "" if depth else kind)
        else:
            left_out["posts without text"] += 1
        replies = [_folded(reply) for key in _POSTS for reply in _objects(post.get(key))]
        if depth < _DEEPEST:
            waiting += [(reply, depth + 1) for reply in reversed(_in_time(replies))]
        else:
            left_out["replies nested too deep"] += len(replies)


def _best_first(posts: list[dict[str, Any]], thread: _Fields) -> list[dict[str, Any]]:
    chosen = thread.get("acceptedanswerid")

    def rank(post: _Fields) -> tuple[bool, float]:
        accepted = any(post.get(key) is True for key in _ACCEPTED)
        own = chosen is not None and chosen in (post.get("id"), post.get("answerid"))
        score = next((post[key] for key in _SCORES if isinstance(post.get(key), int | float)), 0)
        return not (accepted or own), -score

    return sorted(posts, key=rank)


def _in_time(posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By their dates, where all have one and in one form; else as they stand."""
    dates = [next((post[key] for key in _DATES if key in post), None) for post in posts]
    numbers = all(isinstance(date, int | float) and date == date for date in dates)
    texts = all(isinstance(date, str) and re.match(r"\d{4}-\d\d-\d\d", date) for date in dates)
    if not (numbers or texts):
        return posts
    return [posts[place] for place in sorted(range(len(posts)), key=lambda place: (dates[place], place))]


def _first(item: _Fields, names: tuple[str, ...]) -> Any:
    """The first value among these keys that says something."""
    return next((item[name] for name in names if isinstance(item.get(name), str) and item[name].strip()), "")


def _author(item: _Fields) -> str:
    for key in _AUTHORS:
        value = item.get(key)
        name = _first(_folded(value), _NAMES) if isinstance(value, dict) else value
        if isinstance(name, str | int) and not isinstance(name, bool) and str(name).strip():
            return " ".join(str(name).split())
    return ""


def _date(item: _Fields) -> str:
    value = next((item[key] for key in _DATES if key in item), "")
    return str(value) if isinstance(value, str | int | float) else ""


def _text(value: str) -> str:
    """A body as Markdown: HTML rendered, all else as it is."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return fragment_text(value) if _HTML.search(value) else value
