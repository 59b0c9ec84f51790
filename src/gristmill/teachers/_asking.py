"""Asks an endpoint: each prompt until it has a reply, as fast as the server bears, never in vain."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from gristmill.errors import TeacherFailed, UserError, nearest
from gristmill.records import Prompt, Reply
from gristmill.teachers._answers import Answer, Complaint, Miss, missed, understood
from gristmill.teachers._dialect import Dialect
from gristmill.teachers._exchange import Exchange, Heard, Unheard
from gristmill.teachers._limits import Limit, Pace
from gristmill.teachers._waits import wait

# Seconds after which a server that never answered is taken to be absent.
_ABSENT = 5.0
_PER_TOKEN = 4
_MOST_NAMES = 20
# A shorter key is none that anybody must keep; replies are only searched for one that no text holds by chance.
_SHORTEST_KEY = 4
_SHORTEST_IN_REPLY = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who is asked, and under which limits; `variable` is the name of the one that holds the key."""

    url: str
    model: str
    variable: str
    retries: int
    patience: float
    concurrency: int
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


class Secret:
    """A key, kept out of whatever a server says."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "Secret()"

    def without(self, text: str, shortest: int = _SHORTEST_KEY) -> str:
        """The text with the key's value replaced."""
        if len(self._key) < shortest or self._key not in text:
            return text
        return text.replace(self._key, "[key]")

    def heard(self, came: Heard | Unheard) -> Heard | Unheard:
        """An answer with the key's value replaced before it is read: what is cut off later may end within the key."""
        key = self._key.encode()
        if isinstance(came, Unheard) or len(key) < _SHORTEST_IN_REPLY or key not in came.body:
            return came
        return Heard(came.status, came.headers, came.body.replace(key, b"[key]"))

    def in_reply(self, text: str) -> str:
        """The same of a reply, which may hold a very short key by chance."""
        return self.without(text, _SHORTEST_IN_REPLY)


class _Tally:
    """What one prompt has taken so far."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.tries = self.counted = self.misses = 0
        self.wasted = (0, 0)
        self.put_off = 0.0
        self.out = False


class _Health:
    """Since when nothing has been answered although something was asked."""

    def __init__(self) -> None:
        self.answered = False
        self._asking = 0
        self._since = 0.0

    def begins(self) -> None:
        if not self._asking:
            self._since = time.monotonic()
        self._asking += 1

    def ends(self) -> None:
        self._asking -= 1

    def well(self) -> None:
        self.answered = True
        self._since = time.monotonic()

    def silence(self) -> float:
        """Seconds without an answer."""
        return time.monotonic() - self._since


class Asking:
    """The opened endpoint."""

    def __init__(self, terms: Terms, exchange: Exchange, dialect: Dialect, secret: Secret) -> None:
        self._terms = terms
        self._exchange = exchange
        self._dialect = dialect
        self._secret = secret
        self._where = f'{terms.url} (model "{terms.model}")'
        self._limit = Limit(terms.concurrency)
        self._requests = Pace(terms.requests_per_minute) if terms.requests_per_minute else None
        self._tokens = Pace(terms.tokens_per_minute) if terms.tokens_per_minute else None
        self._health = _Health()

    async def answer(self, prompt: Prompt) -> Reply:
        """The reply. Raises TeacherFailed when this prompt has none, UserError when no prompt will have one."""
        tally = _Tally(prompt)
        self._health.begins()
        try:
            while True:
                outcome = await self._ask(tally)
                if isinstance(outcome, Reply):
                    return outcome
                await asyncio.sleep(self._pause(outcome, tally))
        except asyncio.CancelledError:
            # Under way, it may be billed; waiting, it is not, and must not count as lost.
            if tally.out:
                raise
            raise TeacherFailed(
                "stopped", "the asking ended before it could be sent again", tally.tries, tally.wasted
            ) from None
        except UserError as error:
            error.tries, error.wasted = tally.tries, tally.wasted
            raise
        finally:
            self._health.ends()

    async def _ask(self, tally: _Tally) -> Reply | Miss:
        """Send the prompt once; and again at once, when the server said how it wants to be spoken to."""
        await self._limit.take()
        try:
            while True:
                lacks = self._dialect.lacks
                outcome, seconds = await self._send(tally)
                if not isinstance(outcome, Complaint):
                    break
                disputed = f"{outcome.words} {outcome.codes}"
                if not (outcome.disputes and self._dialect.learn(tally.prompt, lacks, disputed)):
                    outcome = await self._weighed(outcome)
                    break
        finally:
            self._limit.give_back()
        if isinstance(outcome, Miss):
            tally.wasted = (tally.wasted[0] + outcome.wasted[0], tally.wasted[1] + outcome.wasted[1])
            return outcome
        return self._reply(outcome, seconds, tally)

    async def _send(self, tally: _Tally) -> tuple[Answer | Miss | Complaint, float]:
        estimate = await self._wait_for_turn(tally.prompt)
        tally.tries += 1
        sent = time.monotonic()
        tally.out = True
        heard = self._secret.heard(await self._exchange.post(self._dialect.body(tally.prompt)))
        tally.out = False
        now = time.monotonic()
        outcome = missed(heard) if isinstance(heard, Unheard) else understood(heard)
        verdict = outcome.miss() if isinstance(outcome, Complaint) else outcome
        if isinstance(verdict, Answer):
            self._limit.eased(now - sent)
        elif verdict.strained:
            self._limit.strained(sent, now)
        if self._tokens is not None:
            used = outcome.tokens if isinstance(outcome, Answer) else getattr(outcome, "wasted", None)
            self._tokens.correct((sum(used) if used else 0) - estimate)
        return outcome, now - sent

    async def _wait_for_turn(self, prompt: Prompt) -> int:
        """Wait until a minute's share of requests and tokens allows another; the tokens it may take."""
        if self._requests is None and self._tokens is None:
            return 0
        now, estimate = time.monotonic(), _tokens_in(prompt) + prompt.max_tokens
        waits = [self._requests.reserve(1, now)] if self._requests else []
        waits += [self._tokens.reserve(estimate, now)] if self._tokens else []
        await asyncio.sleep(max(waits))
        return estimate

    def _reply(self, answer: Answer, seconds: float, tally: _Tally) -> Reply:
        self._health.well()
        text = self._secret.in_reply(answer.text)
        tokens = answer.tokens or (_tokens_in(tally.prompt), len(text) // _PER_TOKEN)
        return Reply(
            text=text,
            finish=answer.finish,
            tokens_in=tokens[0],
            tokens_out=tokens[1],
            seconds=seconds,
            model=self._secret.without(answer.model),
            tries=tally.tries,
            wasted=tally.wasted,
        )

    def _pause(self, miss: Miss, tally: _Tally) -> float:
        """Seconds until the prompt is sent again. Raises TeacherFailed or UserError when it is not to be."""
        if not miss.again:
            self._health.well()
            self._fail(miss.state, miss.reason, tally)
        self._check(miss)
        tally.misses += 1
        now = time.monotonic()
        starting = miss.state == "server_error" and miss.strained and not self._health.answered
        if miss.busy or starting:
            tally.put_off = tally.put_off or now
            if now - tally.put_off > self._terms.patience:
                self._fail(miss.state, f"put off for {self._terms.patience:g} s, last with {miss.reason}", tally)
        else:
            tally.counted += 1
            if tally.counted > self._terms.retries:
                self._fail(miss.state, f"{tally.counted} tries failed, the last with: {miss.reason}", tally)
        seconds = wait(miss.headers, tally.prompt.digest, tally.misses)
        return min(seconds, max(0.1, self._terms.patience - self._health.silence()))

    def _check(self, miss: Miss) -> None:
        """Raises UserError when the endpoint is absent, or silent beyond patience."""
        told, silence = self._secret.without(miss.reason), self._health.silence()
        if miss.state == "certificate":
            raise UserError(
                f"{self._where} cannot be trusted: {told}. Name its authority's certificates in `ca`, a PEM file."
            )
        if miss.state in ("unreachable", "proxy") and not self._health.answered and silence >= _ABSENT:
            raise UserError(f"{self._where} does not answer: {told}. Start the server or mend `base_url`.")
        if silence >= self._terms.patience:
            since = "stopped answering" if self._health.answered else "does not answer"
            raise UserError(
                f"{self._where} {since}: no reply for {silence:.0f} s (`patience`), at last: {told}. "
                "Run again when it does: replies that came are kept."
            )

    def _fail(self, state: str, reason: str, tally: _Tally) -> NoReturn:
        raise TeacherFailed(state, self._secret.without(reason), tally.tries, tally.wasted)

    async def _weighed(self, complaint: Complaint) -> Miss:
        """What a complaint means for the prompt. Raises UserError when it means that none will be answered."""
        fatal, variable = complaint.fatal, self._terms.variable
        if not fatal:
            return complaint.miss()
        remedies: Mapping[str, str] = {
            "key": f"Put a valid key into the variable {variable}."
            if variable
            else "Name the variable that holds its key: `key: OPENAI_API_KEY`.",
            "money": "Mend the account's balance or quota, or name another teacher.",
            "elsewhere": f"It sends requests on to {complaint.elsewhere}: write that as `base_url` if you trust it.",
            "unknown": await self._nearest_model() if fatal == "unknown" else "",
        }
        raise UserError(
            self._secret.without(
                f'{self._where} refuses to work ({complaint.status}): "{complaint.brief}". {remedies[fatal]}'
            )
        )

    async def _nearest_model(self) -> str:
        names = await self._exchange.models()
        if not names:
            return "Mend `base_url` (most end in /v1) or `model`."
        if self._terms.model in names:
            return "It has this model, so mend `base_url`: most end in /v1."
        told = nearest(self._terms.model, names)
        if told.startswith("choose") and len(names) > _MOST_NAMES:
            told = f"it has {len(names)} models, such as {', '.join(names[:_MOST_NAMES])}"
        return f"Mend `model`: {told}"


def _tokens_in(prompt: Prompt) -> int:
    """A guess at the tokens of a prompt: four characters make one."""
    return sum(len(turn.content) for turn in prompt.messages) // _PER_TOKEN
