"""Asks an endpoint by the batch: a file of prompts handed in once, a file of replies read hours later."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote

from pydantic_core import to_json

from gristmill.errors import TeacherFailed, UserError
from gristmill.records import Prompt, Reply
from gristmill.teachers._answers import Complaint, Miss, decoded, missed, understood
from gristmill.teachers._asking import Asking, Secret, Terms
from gristmill.teachers._batch_file import PATH, form, line, read
from gristmill.teachers._dialect import Dialect
from gristmill.teachers._exchange import Exchange, Heard, Unheard
from gristmill.teachers._waits import wait

_MARK = "gristmill"
# Seconds between two tries at the least: a server that says "at once" is not asked a thousand times a second.
_LEAST = 0.1
_MOST_BYTES = 100_000_000
# How far back a batch is looked for: pages of a list that begins with the newest.
_PAGES, _ON_A_PAGE = 50, 100
_SHOWN = 200
_GONE = (404, 410)
_NOTHING = (*_GONE, 405, 501)
_ENDED = frozenset({"completed", "expired", "cancelled", "failed"})

Came = dict[str, Reply | TeacherFailed]


class Batches(Asking):
    """The opened endpoint, by the batch."""

    def __init__(self, terms: Terms, exchange: Exchange, dialect: Dialect, secret: Secret, pause: float) -> None:
        super().__init__(terms, exchange, dialect, secret)
        self.pause = pause

    async def submit(self, prompts: Mapping[str, Prompt], token: str) -> str:
        """Hand in a batch; gives its name. Raises UserError when it is too big or the server takes none."""
        sent = form(self._lines(prompts), token)
        kind = f"multipart/form-data; boundary={token}"
        file = self._said(await self._heard("POST", "files", sent, kind))
        mark = {"completion_window": "24h", "metadata": {_MARK: token}}
        return await self._create(to_json({"input_file_id": self._id(file), "endpoint": PATH, **mark}), token)

    async def _create(self, wanted: bytes, token: str) -> str:
        began, misses = time.monotonic(), 0
        self._health.begins()
        try:
            while isinstance(came := await self._once("POST", "batches", wanted), Miss):
                misses += 1
                await self._wait(came, misses)
                # The answer may be lost and the batch taken: handed in again, it would be paid twice.
                if name := await self.find(token):
                    return name
                if time.monotonic() - began > self._terms.patience:
                    raise self._refusal(came.reason)
        finally:
            self._health.ends()
        return self._id(self._said(came))

    async def find(self, token: str) -> str:
        """The name of the batch that carries this token; "" when none of the newest thousands does."""
        after = ""
        for _ in range(_PAGES):
            page = self._said(await self._heard("GET", f"batches?limit={_ON_A_PAGE}{after}"))
            listed = [one for one in page.get("data") or () if isinstance(one, dict)]
            for one in listed:
                marks = one.get("metadata")
                if isinstance(marks, dict) and marks.get(_MARK) == token:
                    return self._id(one)
            if not listed or not page.get("has_more"):
                break
            after = f"&after={quote(str(listed[-1].get('id')))}"
        return ""

    async def collect(self, batch: str) -> Came | tuple[int, int]:
        """The replies once the batch has ended; before that, how many of how many are done.

        Raises TeacherFailed when the batch or its replies were deleted.
        """
        heard = await self._at(f"batches/{quote(batch, safe='')}")
        if heard is None:
            # A server that does not even list its batches is ill, or another: nothing is known of this one.
            self._said(await self._heard("GET", "batches?limit=1"))
            raise TeacherFailed("gone", f"{self._where} has no batch {batch} any more: it was deleted there")
        state = self._said(heard)
        if str(state.get("status")) not in _ENDED:
            return _counts(state.get("request_counts"))
        came, damaged = Came(), 0
        for name in ("output_file_id", "error_file_id"):
            for key, one in read(await self._file(batch, str(state.get(name) or "")), self._secret):
                damaged += not key
                if key:
                    came.setdefault(key, one)
        return {**came, "": self._rest(batch, state, damaged)}

    async def _file(self, batch: str, file: str) -> bytes:
        if not file:
            return b""
        heard = await self._at(f"files/{quote(file, safe='')}/content")
        if heard is None:
            raise TeacherFailed("gone", f"{self._where} has the replies of batch {batch} no more: they were deleted")
        return heard.body

    async def _at(self, path: str) -> Heard | None:
        """What is at a path; None when at two looks nothing was: what was just made may not be everywhere yet."""
        for pause in (self.pause, 0.0):
            heard = await self._heard("GET", path)
            if heard.status not in _GONE:
                return heard
            await asyncio.sleep(pause)
        return None

    def _rest(self, batch: str, state: Mapping[str, Any], damaged: int) -> TeacherFailed:
        """What became of the prompts that no line is about."""
        match state.get("status"):
            case "expired":
                return TeacherFailed("expired", f"batch {batch} expired before this prompt's turn came. Run again")
            case "cancelled":
                return TeacherFailed("cancelled", f"batch {batch} was cancelled before this prompt's turn came")
            case "failed":
                told = self._secret.without(_errors(state))
                return TeacherFailed("rejected", f"the server rejects batch {batch}: {told}{_smaller(told)}")
        if damaged:
            return TeacherFailed("damaged", f"{damaged} lines of batch {batch} cannot be read, none names this prompt")
        return TeacherFailed("missing", f"batch {batch} was completed without a line for this prompt")

    def _lines(self, prompts: Mapping[str, Prompt]) -> bytes:
        """The lines of a batch's file. Raises UserError when it is more than servers take."""
        file = bytearray()
        for place, (key, prompt) in enumerate(prompts.items()):
            file += line(key, self._dialect.body(prompt))
            if len(file) > _MOST_BYTES:
                raise self._refusal(
                    f"{len(prompts)} prompts are more than {_MOST_BYTES // 10**6} MB, the most that a file may hold. "
                    f"Set `batch_size: {max(1, place * 9 // 10)}`"
                )
        return bytes(file)

    def _said(self, heard: Heard) -> Mapping[str, Any]:
        """The JSON object of an answer. Raises UserError when it is none."""
        said = decoded(heard.body)
        if heard.status < 300 and isinstance(said, dict) and not said.get("error"):
            return said
        complaint = understood(heard)
        told = f' ({heard.status}: "{complaint.brief}")' if isinstance(complaint, Complaint) else ""
        raise self._refusal(f"it takes none{told}. Leave out `batch_size`, or mend `base_url`")

    def _id(self, said: Mapping[str, Any]) -> str:
        if name := said.get("id"):
            return str(name)
        raise self._refusal("its answer names neither file nor batch")

    def _refusal(self, told: str) -> UserError:
        return UserError(self._secret.without(f"{self._where} cannot be given a batch: {told}."))

    async def _heard(self, *call: Any) -> Heard:
        """The answer to a call, which is repeated while that may help: a good one, or that nothing is there."""
        misses = 0
        self._health.begins()
        try:
            while isinstance(came := await self._once(*call), Miss):
                misses += 1
                await self._wait(came, misses)
        finally:
            self._health.ends()
        return came

    async def _once(self, *call: Any) -> Heard | Miss:
        """Call once. Raises UserError when calling again is in vain."""
        heard = self._secret.heard(await self._exchange.call(*call))
        if isinstance(heard, Unheard):
            return missed(heard)
        if heard.status in _NOTHING or 200 <= heard.status < 300:
            self._health.well()
            return heard
        outcome = cast(Complaint, understood(heard))
        miss = await self._weighed(outcome)
        if miss.again:
            return miss
        smaller = ". Set a smaller `batch_size`" if heard.status == 413 else ""
        raise self._refusal(f'{heard.status}: "{outcome.brief}"{smaller}')

    async def _wait(self, miss: Miss, misses: int) -> None:
        self._check(miss)
        seconds = wait(miss.headers, self._where, misses)
        left = self._terms.patience - self._health.silence()
        await asyncio.sleep(max(_LEAST, min(seconds, left)))


def _counts(counts: Any) -> tuple[int, int]:
    """How many prompts of a batch are through, of how many."""
    given = counts if isinstance(counts, dict) else {}
    done, failed, of = (
        number if isinstance(number := given.get(name), int) else 0 for name in ("completed", "failed", "total")
    )
    return done + failed, of


def _errors(state: Mapping[str, Any]) -> str:
    """The server's words on a batch that it did not take."""
    errors = state.get("errors")
    listed = errors.get("data") if isinstance(errors, dict) else errors
    found = [one for one in listed or () if isinstance(one, dict)]
    told = [
        f'{one.get("code") or "error"}: "{str(one.get("message") or "")[:_SHOWN]}"'
        + (f" (line {one['line']})" if one.get("line") else "")
        for one in found[:3]
    ]
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(told) + more if told else "it gives no reason"


def _smaller(told: str) -> str:
    return ". Set a smaller `batch_size` and `concurrency: 1`" if "token_limit" in told else ""
