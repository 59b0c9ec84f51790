"""What the endpoint double reads and writes of HTTP."""

import http.client
import math
import time
from email.utils import formatdate
from typing import Any


def body_at(read: bytes, start: int, headers: dict[str, str]) -> tuple[bytes, int] | None:
    """A request's body and where the next request begins; None while bytes are missing."""
    if headers.get("transfer-encoding", "").lower() != "chunked":
        end = start + int(headers.get("content-length", 0))
        return (read[start:end], end) if len(read) >= end else None
    body = b""
    while (line := read.find(b"\r\n", start)) >= 0:
        size = int(read[start:line].split(b";")[0], 16)
        start = line + 4 + size
        if len(read) < start:
            return None
        if size == 0:
            return body, start
        body += read[line + 2 : start - 2]
    return None


def head(status: int, length: int, extra: str) -> bytes:
    reason = http.client.responses.get(status, "")
    return (
        f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{extra}\r\n"
    ).encode()


def wait(kind: str, seconds: float) -> str:
    if kind == "429-date":
        return f"retry-after: {formatdate(math.ceil(time.time() + seconds), usegmt=True)}\r\n"
    return f"retry-after: {seconds:g}\r\n" if kind in {"429", "503"} else ""


def error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "double", "param": None, "code": None}}
