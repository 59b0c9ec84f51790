"""The batch half of the endpoint double: files and batches in the form of OpenAI's batch interface."""

import json
import re
import time
import urllib.parse
from typing import Any

from scripted import Script, Seen, completion, digest

Answer = tuple[int, Any]
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAME = re.compile(rb'name="?([^";\r]+)"?')


class Batches:
    """The files and batches that were handed in, and their answers by the script."""

    def __init__(self, script: Script, seen: Seen) -> None:
        self.script = script
        self.seen = seen
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}

    def route(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
        """Status and body; None when the connection is to be closed without an answer."""
        path, _, query = target.partition("?")
        words = [word for word in path.split("/") if word and word != "v1"]
        match (method, words):
            case ("POST", ["files"]):
                return self._uploaded(headers, body)
            case ("GET", ["files", name, "content"]) if name in self.files:
                return 200, self.files[name]
            case ("GET", ["files", name]) if name in self.files:
                return 200, self._file(name)
            case ("DELETE", ["files", name]) if name in self.files:
                del self.files[name]
                return 200, {"id": name, "object": "file", "deleted": True}
            case ("POST", ["batches"]):
                return self._created(json.loads(body))
            case ("GET", ["batches"]):
                return self._listed(urllib.parse.parse_qs(query))
            case ("GET", ["batches", name]) if name in self.batches:
                return 200, self._now(self.batches[name])
            case ("POST", ["batches", name, "cancel"]) if name in self.batches:
                self.batches[name]["status"] = "cancelled"
                return 200, self.batches[name]
        return 404, {"error": {"message": f"Nothing is at {method} {path}.", "type": "double", "code": None}}

    def _keep(self, data: bytes) -> str:
        name = f"file-{len(self.files):06d}"
        self.files[name] = data
        return name

    def _file(self, name: str) -> dict[str, Any]:
        size = len(self.files[name])
        return {"id": name, "object": "file", "bytes": size, "filename": f"{name}.jsonl", "purpose": "batch"}

    def _uploaded(self, headers: dict[str, str], body: bytes) -> Answer:
        boundary = _BOUNDARY.search(headers.get("content-type", ""))
        fields: dict[str, bytes] = {}
        for part in body.split(b"--" + boundary.group(1).encode()) if boundary else ():
            head, found, value = part.partition(b"\r\n\r\n")
            name = _NAME.search(head)
            if found and name:
                fields[name.group(1).decode()] = value.removesuffix(b"\r\n")
        if fields.get("purpose") != b"batch" or "file" not in fields:
            return 400, {"error": {"message": "Give a file, and `batch` as its purpose.", "type": "double"}}
        return 200, self._file(self._keep(fields["file"]))

    def _created(self, asked: dict[str, Any]) -> Answer | None:
        if asked.get("input_file_id") not in self.files:
            return 400, {"error": {"message": "There is no such input file.", "type": "double", "code": None}}
        name = f"batch_{len(self.batches):06d}"
        total = len(self.files[asked["input_file_id"]].splitlines())
        batch = {
            "id": name,
            "object": "batch",
            "endpoint": asked.get("endpoint"),
            "input_file_id": asked["input_file_id"],
            "completion_window": asked.get("completion_window"),
            "status": "validating",
            "output_file_id": None,
            "error_file_id": None,
            "errors": None,
            "created_at": int(time.time()),
            "request_counts": {"total": total, "completed": 0, "failed": 0},
            "metadata": asked.get("metadata"),
            "made": time.monotonic(),
        }
        self.batches[name] = batch
        if "lost" in self.script.batch_faults:
            self.script.batch_faults.remove("lost")
            return None
        return 200, _shown(batch)

    def _listed(self, query: dict[str, list[str]]) -> Answer:
        newest = [self._now(batch) for batch in reversed(self.batches.values())]
        names = [batch["id"] for batch in newest]
        after = query.get("after", [""])[0]
        start = names.index(after) + 1 if after in names else 0
        limit = int(query.get("limit", ["20"])[0])
        page = newest[start : start + limit]
        more = start + limit < len(newest)
        ends = {"first_id": page[0]["id"], "last_id": page[-1]["id"]} if page else {}
        return 200, {"object": "list", "data": page, "has_more": more, **ends}

    def _now(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch as it stands by the clock; answered once, when its time has come."""
        if batch["status"] in {"validating", "in_progress"}:
            share = (time.monotonic() - batch["made"]) / (self.script.batch_delay or 1e-9)
            if share >= 0.25 and "invalid" in self.script.batch_faults:
                error = {"code": "invalid_json_line", "message": "This line is not parseable as JSON.", "line": 1}
                batch |= {"status": "failed", "errors": {"object": "list", "data": [error]}}
            elif share >= 1:
                self._answer(batch)
            elif share >= 0.25:
                batch["status"] = "in_progress"
                counts = batch["request_counts"]
                counts["completed"] = int(counts["total"] * (share - 0.25) / 0.75)
        return _shown(batch)

    def _answer(self, batch: dict[str, Any]) -> None:
        lines = [json.loads(line) for line in self.files[batch["input_file_id"]].splitlines()]
        faults = self.script.batch_faults
        good: list[dict[str, Any]] = []
        bad: list[dict[str, Any]] = []
        expired = len(lines) // 2 if "expired" in faults else len(lines)
        for at, line in enumerate(lines):
            answered = self._line(line, at) if at < expired else _late(line)
            (bad if answered["error"] or answered["response"]["status_code"] != 200 else good).append(answered)
        if "missing" in faults:
            good = [line for at, line in enumerate(good) if at % 10]
        if "unordered" in faults:
            good.reverse()
        batch["status"] = "expired" if "expired" in faults else "completed"
        batch["request_counts"] |= {"completed": len(lines) - len(bad), "failed": len(bad)}
        for key, found in (("output_file_id", good), ("error_file_id", bad)):
            if found:
                batch[key] = self._keep(b"".join(json.dumps(line).encode() + b"\n" for line in found))

    def _line(self, line: dict[str, Any], at: int) -> dict[str, Any]:
        prompt = digest(line["body"])
        kind, _ = self.script.draw(prompt, self.seen.register(prompt))
        self.seen.batch_lines += 1
        body: dict[str, Any] = {"error": {"message": "The double was told to fail.", "type": "double", "code": kind}}
        status = int(kind[:3]) if kind[:3].isdigit() else 500
        if kind:
            self.seen.spoiled(kind)
        else:
            self.seen.answered(prompt)
            status, body = 200, completion(line["body"], prompt, self.script.content)
        response = {"status_code": status, "request_id": f"req-{at}", "body": body}
        return {"id": f"batch_req_{at}", "custom_id": line["custom_id"], "response": response, "error": None}


def _late(line: dict[str, Any]) -> dict[str, Any]:
    error = {"code": "batch_expired", "message": "This request could not be executed before the window closed."}
    return {"id": f"late_{line['custom_id']}", "custom_id": line["custom_id"], "response": None, "error": error}


def _shown(batch: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in batch.items() if name != "made"}
