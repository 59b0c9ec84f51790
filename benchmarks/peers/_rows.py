"""What the peers share: the bodies to send, read from a file, and the line that says how it went."""

import argparse
import json
from pathlib import Path
from typing import Any, TextIO

__all__ = ["TextIO", "asked", "told"]


def asked(says: str | None) -> tuple[argparse.Namespace, list[dict[str, Any]], TextIO]:
    """What the command line says, the rows to ask, and the open file for the answers."""
    parser = argparse.ArgumentParser(description=says)
    parser.add_argument("url", help="base URL, with /v1")
    parser.add_argument("bodies", type=Path, help="JSON lines: the bodies to send")
    parser.add_argument("out", type=Path, help="where the answers go, as JSON lines of id and text")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--work", default="", help="a folder that the peer keeps its state in")
    told_to = parser.parse_args()
    rows = [json.loads(line) for line in told_to.bodies.read_text("utf-8").splitlines()]
    return told_to, rows, told_to.out.open("w", encoding="utf-8")


def told(seconds: float, failed: dict[str, int], version: str) -> None:
    print(json.dumps({"seconds": round(seconds, 3), "failed": failed, "version": version}))
