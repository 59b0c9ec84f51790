"""An OpenAI-compatible endpoint on loopback that answers by a script and spoils what it is told to.

As a command:  python endpoint_double.py --port 0 --latency 0.2 --jitter 0.05 --faults 429,500 --share 0.1
prints its base URL as the first line. From tests: `with running(latency=0.2, faults=["429"]) as double:`.

POST */chat/completions   an answer, or one of the faults below
GET  */models             one model
GET  /stats[?log=1]       the counts (scripted.Seen), with log the digests of all prompts in order
GET  /last                headers and body of the last chat request
POST /configure, /reset   change fields of the script (JSON); zero the counts
POST */files, */batches   the batch half, see batch_double.py

Faults: any status from 400 (429, 500, 503 …; 429 and 503 with Retry-After in seconds), `429-date` (Retry-After as
HTTP date), `429-bare` (without), `500-echo` (any status; it tells the headers that it was sent), `drop` (closed
without a byte), `hang`, `slow` (halves far apart), `truncated` (half a body, its length told right), `truncated-long`
(the whole length told, then closed), `malformed` (not JSON), `badjson` (its content is not the JSON asked for),
`empty` (no choices), `null` (content null).
"""

import argparse
import asyncio
import contextlib
import dataclasses
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from batch_double import Batches
from scripted import Script, Seen, completion, digest
from wire import body_at, error, head, wait

GOOD = {"", "hang", "slow"}


class Served:
    """What all connections share: the script, the counts, the batches, the last request."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.seen = Seen()
        self.batches = Batches(script, self.seen)
        self.last: dict[str, Any] = {}
        self.open: dict[str, int] = {}

    def reset(self) -> None:
        fresh = Seen(inflight=self.seen.inflight, max_inflight=self.seen.inflight)
        self.seen.__dict__.update(fresh.__dict__)
        self.last = {}

    def record(self, body: bytes) -> None:
        path = self.script.bodies
        if path not in self.open:
            self.open[path] = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(self.open[path], (json.dumps(json.loads(body)).encode() if b"\n" in body else body) + b"\n")


class Connection(asyncio.Protocol):
    """One connection of a client: reads requests, answers each after its delay."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.loop = asyncio.get_running_loop()
        self.read = b""
        self.waiting: asyncio.TimerHandle | None = None
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiting is not None:
            self.waiting.cancel()
            self.waiting = None
            self.served.seen.inflight -= 1
            self.served.seen.abandoned += 1

    def data_received(self, data: bytes) -> None:
        self.read += data
        while (end := self.read.find(b"\r\n\r\n")) >= 0:
            first, *lines = self.read[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            found = body_at(self.read, end + 4, headers)
            if found is None:
                return
            body, after = found
            self.read = self.read[after:]
            self.closes = headers.get("connection", "").lower() == "close"
            method, target, _ = first.split(" ", 2)
            self.route(method, target, headers, body)

    def route(self, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        served, (path, _, query) = self.served, target.partition("?")
        if path.endswith("/chat/completions"):
            return self.chat(headers, body)
        if path == "/stats":
            return self.send(200, served.seen.told("log=1" in query))
        if path == "/last":
            return self.send(200, served.last)
        if path == "/reset":
            served.reset()
            return self.send(200, {})
        if path == "/configure":
            try:
                served.script.change(json.loads(body))
            except AttributeError as wrong:
                return self.send(400, error(str(wrong)))
            return self.send(200, dataclasses.asdict(served.script))
        if path.endswith("/models"):
            return self.send(200, {"object": "list", "data": [{"id": "double", "object": "model", "owned_by": "us"}]})
        if self.unknown(headers):
            return self.send(401, error("Incorrect API key provided."))
        answer = served.batches.route(method, target, headers, body)
        if answer is None:
            return self.close()
        return self.send(*answer)

    def unknown(self, headers: dict[str, str]) -> bool:
        key = self.served.script.key
        return bool(key) and headers.get("authorization") != f"Bearer {key}"

    def close(self) -> None:
        self.transport.close()

    def chat(self, headers: dict[str, str], body: bytes) -> None:
        served, seen = self.served, self.served.seen
        if self.unknown(headers):
            seen.spoiled("401")
            self.send(401, error("Incorrect API key provided."))
            return
        now = time.monotonic()
        seen.first = seen.first or now
        seen.requests += 1
        seen.inflight += 1
        seen.max_inflight = max(seen.max_inflight, seen.inflight)
        self.asked += 1
        seen.connections += self.asked == 1
        seen.kept_alive += self.asked == 2
        if served.script.bodies:
            served.record(body)
        request = json.loads(body)
        served.last = {"headers": headers, "body": request}
        prompt = digest(request)
        kind, delay = served.script.draw(prompt, seen.register(prompt))
        if kind:
            seen.spoiled(kind)
        delay += served.script.hang if kind == "hang" else 0.0
        self.waiting = self.loop.call_later(delay, self.answer, request, prompt, kind)

    def answer(self, request: dict[str, Any], prompt: str, kind: str) -> None:
        seen, script = self.served.seen, self.served.script
        self.waiting = None
        seen.inflight -= 1
        seen.last = time.monotonic()
        if kind in GOOD:
            seen.answered(prompt)
        if kind == "drop":
            self.transport.close()
        elif kind[:3].isdigit():
            told = f"The double was told to answer {kind}."
            if kind.endswith("-echo"):
                told += f" You sent {self.served.last['headers']}."
            self.send(int(kind[:3]), error(told), wait(kind, script.retry_after))
        else:
            self.send_spoiled(completion(request, prompt, script.content), kind)

    def send_spoiled(self, body: dict[str, Any], kind: str) -> None:
        if kind == "empty":
            body["choices"] = []
        elif kind == "null":
            body["choices"][0]["message"]["content"] = None
        elif kind == "badjson":
            body["choices"][0]["message"]["content"] = 'Sure! Here is the JSON: {"question": '
        data = b"<html>Bad gateway</html>" if kind == "malformed" else json.dumps(body).encode()
        half = len(data) // 2
        if kind == "truncated":
            data = data[:half]
        elif kind == "truncated-long":
            self.transport.write(head(200, len(data), "") + data[:half])
            return self.close()
        elif kind == "slow":
            self.transport.write(head(200, len(data), "") + data[:half])
            self.loop.call_later(self.served.script.slow, self.transport.write, data[half:])
            return None
        return self.send(200, data)

    def send(self, status: int, body: Any, extra: str = "") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.transport.write(head(status, len(data), extra) + data)
        if self.closes:
            self.transport.close()


class Double:
    """A running double, as its user sees it: `url` is its base URL, with /v1."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.host = url.removeprefix("http://").split("/")[0]

    def stats(self, log: bool = False) -> dict[str, Any]:
        return self._call("GET", f"/stats?log={int(log)}")

    def last(self) -> dict[str, Any]:
        return self._call("GET", "/last")

    def reset(self) -> None:
        self._call("POST", "/reset")

    def configure(self, **values: Any) -> dict[str, Any]:
        """Change the script while it runs; raises ValueError for a field that it has not."""
        told = self._call("POST", "/configure", values)
        if "error" in told:
            raise ValueError(told["error"]["message"])
        return told

    def _call(self, method: str, path: str, values: Any = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, path, json.dumps(values) if values is not None else None)
            told: dict[str, Any] = json.loads(connection.getresponse().read())
            return told
        finally:
            connection.close()


@contextlib.contextmanager
def running(**script: Any) -> Iterator[Double]:
    """A double in a process of its own, on a port that the kernel chose, until the block ends."""
    command = [sys.executable, str(Path(__file__).resolve()), "--attached"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        double = Double(process.stdout.readline().strip())
        double.configure(**script)
        yield double
    finally:
        process.kill()
        process.communicate()


async def serve(script: Script, port: int, attached: bool) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    served = Served(script)
    server = await loop.create_server(lambda: Connection(served), "127.0.0.1", port, backlog=2048)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1\n")
    sys.stdout.flush()
    if attached:  # its user's end, however sudden, closes this pipe
        loop.add_reader(sys.stdin.fileno(), ended.set)
    await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--attached", action="store_true", help="end when the standard input closes")
    for each in dataclasses.fields(Script):
        option = f"--{each.name.replace('_', '-')}"
        if each.type is bool:
            parser.add_argument(option, action="store_true")
        elif each.default is dataclasses.MISSING:
            parser.add_argument(option, type=lambda text: text.split(","), default=[])
        else:
            parser.add_argument(option, type=type(each.default), default=each.default)
    chosen = vars(parser.parse_args())
    port, attached = chosen.pop("port"), chosen.pop("attached")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Script(**chosen), port, attached))


if __name__ == "__main__":
    main()
