"""A server on loopback that answers each request by a script, in the test's own event loop."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from gristmill.records import Message, Prompt, Reply
from gristmill.teachers.endpoint import Endpoint


@dataclass
class Step:
    """One answer: of `cut` bytes of the body (None: all) after `delay` seconds; cut=-1 sends nothing at all."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None


@dataclass
class Seen:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any


Script = Callable[[Seen], Step]


class Served:
    """A running server: its address, and the requests for completions in order."""

    def __init__(self, script: Script, port: int, scheme: str) -> None:
        self.script = script
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}/v1"
        self.seen: list[Seen] = []
        self.listed: list[Seen] = []
        self.models: list[str] = []
        self.open = 0

    @property
    def bodies(self) -> list[Any]:
        return [one.body for one in self.seen]

    def endpoint(self, **fields: Any) -> Endpoint:
        return Endpoint(**{"base_url": self.url, "model": "small", **fields})


def said(text: Any = "So.", finish: str = "stop", usage: Any = (7, 3), **message: Any) -> Step:
    """A sound completion."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text, **message}}
    body: dict[str, Any] = {"object": "chat.completion", "model": "small-1", "choices": [choice]}
    if usage:
        body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return Step(body=body)


def wrong(status: int, message: str = "No.", headers: dict[str, str] | None = None, **error: Any) -> Step:
    """A complaint in the vendor's form."""
    return Step(status=status, body={"error": {"message": message, **error}}, headers=headers or {})


def in_turn(*steps: Step) -> Script:
    """These answers, and sound ones after them."""
    left = list(steps)
    return lambda _: left.pop(0) if left else said()


@asynccontextmanager
async def serving(script: Script | Sequence[Step] = (), tls: ssl.SSLContext | None = None) -> AsyncGenerator[Served]:
    """A server that answers by the script until the block ends."""
    told = script if callable(script) else in_turn(*script)
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task := asyncio.current_task())  # type: ignore[arg-type]
        served.open += 1
        try:
            while await _one(served, reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            served.open -= 1
            tasks.discard(task)  # type: ignore[arg-type]
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    served = Served(told, server.sockets[0].getsockname()[1], "https" if tls else "http")
    try:
        yield served
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _one(served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Answer one request; whether the connection stays open."""
    request, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    read = await reader.readexactly(int(headers.get("content-length", 0)))
    method, target, _ = request.split(" ", 2)
    seen = Seen(method, target, headers, json.loads(read) if read else None)
    if method == "GET":
        served.listed.append(seen)
        listed = {"data": [{"id": name} for name in served.models]} if served.models else {}
        step = Step(body=listed) if served.models else Step(status=404)
    else:
        served.seen.append(seen)
        step = served.script(seen)
    await asyncio.sleep(step.delay)
    if step.cut == -1:
        return False
    body = step.body if isinstance(step.body, bytes) else json.dumps(step.body).encode()
    told = {"content-type": "application/json", "content-length": str(len(body)), **step.headers}
    head = f"HTTP/1.1 {step.status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in told.items())
    writer.write(head.encode("latin-1") + b"\r\n" + body[: step.cut])
    await writer.drain()
    return step.cut is None


def asking(text: str = "Why?", **fields: Any) -> Prompt:
    return Prompt(messages=(Message(role="system", content="Be brief."), Message(role="user", content=text)), **fields)


def ask(script: Script | Sequence[Step] = (), prompt: Prompt | None = None, **fields: Any) -> tuple[Reply, Served]:
    """The reply to one prompt, and the server that was asked."""

    async def once() -> tuple[Reply, Served]:
        async with serving(script) as served, served.endpoint(**fields).open() as answering:
            return await answering.answer(prompt or asking()), served

    return asyncio.run(once())
