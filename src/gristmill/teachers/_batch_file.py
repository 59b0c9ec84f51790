"""The files of a batch: a line for each prompt that is handed in, a line for each that was answered."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic_core import to_json

from gristmill.errors import TeacherFailed
from gristmill.records import Reply
from gristmill.teachers._answers import Answer, Complaint, decoded, understood
from gristmill.teachers._asking import Secret
from gristmill.teachers._dialect import remedy
from gristmill.teachers._exchange import Heard

PATH = "/v1/chat/completions"
_SHOWN = 200
_PER_TOKEN = 4
_KEY = re.compile(rb'"custom_id"\s*:\s*"([^"\\]+)"')


def line(key: str, body: bytes) -> bytes:
    """A prompt as a line of the file that is handed in; `body` is the JSON of a single request."""
    return b'%s,"body":%s}\n' % (to_json({"custom_id": key, "method": "POST", "url": PATH})[:-1], body)


def form(lines: bytes, boundary: str) -> bytes:
    """The form that a file is sent in. No line of JSON begins as the boundary does."""
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{boundary}.jsonl"\r\n'
        "Content-Type: application/jsonl\r\n\r\n"
    )
    return head.encode() + lines + f"\r\n--{boundary}--\r\n".encode()


def read(file: bytes, secret: Secret) -> Iterator[tuple[str, Reply | TeacherFailed]]:
    """The lines of a batch's file: each prompt's key ("" when it cannot be read) and what came of it."""
    for one in file.split(b"\n"):
        if one.strip():
            said = decoded(one)
            key = said.get("custom_id") if isinstance(said, dict) else None
            if isinstance(said, dict) and isinstance(key, str):
                yield key, _outcome(said, secret)
            else:
                found = _KEY.search(one)
                named = found[1].decode("utf-8", "replace") if found else ""
                yield named, TeacherFailed("damaged", f"its line in the batch's file is damaged: {one[:40]!r}")


def _outcome(said: Mapping[str, Any], secret: Secret) -> Reply | TeacherFailed:
    """What came of one prompt, read as an answer to a single request is."""
    response, error = said.get("response"), said.get("error")
    if not isinstance(response, dict) or not isinstance(response.get("status_code"), int):
        return _unasked(error, secret)
    outcome = understood(Heard(response["status_code"], {}, to_json(response.get("body"))))
    if isinstance(outcome, Answer):
        text = secret.in_reply(outcome.text)
        tokens = outcome.tokens or (0, len(text) // _PER_TOKEN)
        model = secret.without(outcome.model)
        return Reply(text=text, finish=outcome.finish, tokens_in=tokens[0], tokens_out=tokens[1], model=model)
    if not isinstance(outcome, Complaint):
        return TeacherFailed(outcome.state, secret.without(outcome.reason), wasted=outcome.wasted)
    miss = outcome.miss()
    mend = remedy(f"{outcome.words} {outcome.codes}") if outcome.disputes else ""
    return TeacherFailed(miss.state, secret.without(f"{miss.reason}. To mend it, {mend}" if mend else miss.reason))


def _unasked(error: Any, secret: Secret) -> TeacherFailed:
    if not isinstance(error, dict):
        return TeacherFailed("damaged", "its line in the batch's file holds neither an answer nor an error")
    code, words = str(error.get("code") or ""), secret.without(str(error.get("message") or "no reason given"))
    state = next((state for state in ("expired", "cancelled") if state in code), "server_error")
    return TeacherFailed(state, f'{code}: "{words[:_SHOWN]}"')
