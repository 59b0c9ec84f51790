"""Ask a teacher many prompts: kept replies first, each new reply kept at once, none asked twice."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from gristmill.contracts import Answering, Teacher
from gristmill.database import Database, reply_key
from gristmill.errors import TeacherFailed
from gristmill.records import Failure, Prompt, Reply
from gristmill.store import FAILED

Tell = Callable[[int, int], None]


@dataclass(slots=True)
class Asked:
    """What an asking came to: a reply or a failure per prompt, and what it took.

    `reused` replies were kept from earlier; tokens and seconds are of the new ones only.
    """

    replies: list[Reply | Failure] = field(default_factory=list)
    reused: int = 0
    asked: int = 0
    failed: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    def facts(self, teacher: Teacher) -> dict[str, Any]:
        """What the record of a step says of the teacher that it asked."""
        spent = {name: value for name, value in asdict(self).items() if name != "replies"}
        identity = teacher.identity()
        replayed = " (recorded)" if "recording" in identity else ""
        return {"model": f"{identity.get('model', '')}{replayed}", **spent}


def ask(teacher: Teacher, prompts: Sequence[Prompt], database: Database, run: int, tell: Tell) -> Asked:
    """Replies in the order of the prompts; a prompt without an answer is a Failure with its reason.

    `tell(done, all)` is called as replies come in. Raises UserError when the teacher cannot be had.
    """
    identity = teacher.identity()
    keys = [reply_key(identity, prompt) for prompt in prompts]
    found: dict[str, Reply | Failure] = {}
    todo: dict[str, Prompt] = {}
    for key, prompt in zip(keys, prompts, strict=True):
        kept = database.reply(key)
        if kept is None:
            todo[key] = prompt
        else:
            found[key] = kept
    result = Asked(reused=len(set(keys)) - len(todo), asked=len(todo))
    if todo:
        try:
            asyncio.run(_ask_all(teacher, todo, found, database, run, tell))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
    for key in todo:
        reply = found[key]
        if isinstance(reply, Failure):
            result.failed += 1
        else:
            result.tokens_in += reply.tokens_in
            result.tokens_out += reply.tokens_out
            result.seconds += reply.seconds
    result.replies = [found[key] for key in keys]
    return result


async def _ask_all(
    teacher: Teacher,
    todo: dict[str, Prompt],
    found: dict[str, Reply | Failure],
    database: Database,
    run: int,
    tell: Tell,
) -> None:
    identity = teacher.identity()
    waiting = iter(todo.items())
    done = 0

    async def work(answering: Answering) -> None:
        nonlocal done
        for key, prompt in waiting:
            database.mark_asked(key, run)
            try:
                reply = await answering.answer(prompt)
            except TeacherFailed as error:
                found[key] = Failure(state=FAILED + error.state, reason=error.reason)
                database.drop_asked(key)
            else:
                database.keep_reply(key, identity, prompt, reply)
                found[key] = reply
            done += 1
            tell(done, len(todo))

    async with teacher.open() as answering, asyncio.TaskGroup() as group:
        for _ in range(min(teacher.concurrency, len(todo))):
            group.create_task(work(answering))
