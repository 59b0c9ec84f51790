"""What grows by one and must survive a kill: teachers' replies, runs, versions, tags (SQLite, WAL)."""

import contextlib
import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gristmill.records import Prompt, Reply, canonical, digest

# Each entry is one step of the file's history, run once and whole; never edit one, add another.
MIGRATIONS: tuple[str, ...] = (
    """
        CREATE TABLE replies (
            key TEXT PRIMARY KEY, teacher TEXT NOT NULL, prompt_digest TEXT NOT NULL, prompt TEXT NOT NULL,
            text TEXT NOT NULL, finish TEXT NOT NULL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
            seconds REAL NOT NULL, at REAL NOT NULL);
        CREATE INDEX replies_by_prompt ON replies (prompt_digest);
        CREATE TABLE asked (key TEXT PRIMARY KEY, run INTEGER NOT NULL, at REAL NOT NULL);
        CREATE TABLE tables (
            fingerprint TEXT PRIMARY KEY, station TEXT NOT NULL, part TEXT NOT NULL, at REAL NOT NULL);
        CREATE INDEX tables_by_part ON tables (station, part, at);
        CREATE TABLE runs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, recipe TEXT NOT NULL, started REAL NOT NULL,
            ended REAL, state TEXT NOT NULL, version TEXT NOT NULL DEFAULT '');
        CREATE TABLE steps (
            run INTEGER NOT NULL, ordinal INTEGER NOT NULL, station TEXT NOT NULL, part TEXT NOT NULL,
            fingerprint TEXT NOT NULL, items INTEGER NOT NULL, made INTEGER NOT NULL, seconds REAL NOT NULL,
            facts TEXT NOT NULL DEFAULT '{}', PRIMARY KEY (run, ordinal));
        CREATE TABLE versions (
            name TEXT PRIMARY KEY, content_digest TEXT NOT NULL, run INTEGER NOT NULL, facts TEXT NOT NULL,
            at REAL NOT NULL);
        CREATE TABLE tags (tag TEXT PRIMARY KEY, version TEXT NOT NULL, at REAL NOT NULL);
    """,
    "ALTER TABLE runs ADD COLUMN reason TEXT NOT NULL DEFAULT '';",
)


class Database:
    """One project's SQLite file. Every write is one transaction."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._db.row_factory = sqlite3.Row
        with _alone(path.parent):
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._migrate()

    def close(self) -> None:
        """Close the file; nothing is pending."""
        self._db.close()

    def _migrate(self) -> None:
        done = self._db.execute("PRAGMA user_version").fetchone()[0]
        for number, migration in enumerate(MIGRATIONS[done:], start=done + 1):
            self._db.executescript(f"BEGIN; {migration} PRAGMA user_version={number}; COMMIT;")

    # replies

    def reply(self, key: str) -> Reply | None:
        """The kept reply of this asking, or None."""
        row = self._db.execute("SELECT * FROM replies WHERE key=?", (key,)).fetchone()
        return None if row is None else _reply(row)

    def replies_to(self, prompt_digest: str) -> list[tuple[Mapping[str, Any], Reply]]:
        """All kept replies to a prompt, each with the teacher that gave it."""
        rows = self._db.execute("SELECT * FROM replies WHERE prompt_digest=? ORDER BY at", (prompt_digest,))
        return [({**json.loads(row["teacher"]), "prompt": json.loads(row["prompt"])}, _reply(row)) for row in rows]

    def all_replies(self) -> Iterator[Mapping[str, Any]]:
        """Every kept reply as a row, oldest first, in the form that the `recorded` teacher replays."""
        for row in self._db.execute("SELECT * FROM replies ORDER BY at, key"):
            reply = {name: row[name] for name in ("prompt_digest", "text", "finish", "tokens_in", "tokens_out")}
            yield {**reply, "model": json.loads(row["teacher"]).get("model", "")}

    def mark_asked(self, key: str, run: int) -> None:
        """Say that this asking is on its way; it stays so if the run is killed before the reply."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO asked VALUES (?,?,?)", (key, run, time.time()))

    def keep_reply(self, key: str, teacher: Mapping[str, Any], prompt: Prompt, reply: Reply) -> None:
        """Keep a reply for ever; from here on this asking is never paid again."""
        turns = [[message.role, message.content] for message in prompt.messages]
        asked = canonical({"messages": turns, "schema": prompt.schema, "max_tokens": prompt.max_tokens})
        said = (reply.text, reply.finish, reply.tokens_in, reply.tokens_out, reply.seconds, time.time())
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute(
                "INSERT OR IGNORE INTO replies VALUES (?,?,?,?,?,?,?,?,?,?)",
                (key, canonical(dict(teacher)), prompt.digest, asked, *said),
            )
            self._db.execute("DELETE FROM asked WHERE key=?", (key,))

    def drop_asked(self, key: str) -> None:
        """The asking ended without a reply, and the ledger says so."""
        self._db.execute("DELETE FROM asked WHERE key=?", (key,))

    def in_flight(self) -> list[str]:
        """Askings without a reply: those under way when a run was killed."""
        return [row["key"] for row in self._db.execute("SELECT key FROM asked ORDER BY at")]

    # tables

    def add_table(self, fingerprint: str, station: str, part: str) -> None:
        """Index a published table."""
        row = (fingerprint, station, part, time.time())
        self._db.execute("INSERT OR REPLACE INTO tables VALUES (?,?,?,?)", row)

    def tables_of(self, station: str, part: str, most: int) -> list[str]:
        """Fingerprints of the newest tables that this build of a part made."""
        rows = self._db.execute(
            "SELECT fingerprint FROM tables WHERE station=? AND part=? ORDER BY at DESC LIMIT ?", (station, part, most)
        )
        return [row["fingerprint"] for row in rows]

    # runs, versions, tags

    def begin_run(self, recipe: str) -> int:
        """Open a run; what was still open was killed, and is named so."""
        self._db.execute("UPDATE runs SET state='killed' WHERE state='running'")
        cursor = self._db.execute(
            "INSERT INTO runs (recipe, started, state) VALUES (?,?,'running')", (recipe, time.time())
        )
        return int(cursor.lastrowid or 0)

    def add_step(self, run: int, ordinal: int, step: Sequence[Any], facts: Mapping[str, Any]) -> None:
        """Write down a finished step: station, part, fingerprint, items, made, seconds."""
        self._db.execute("INSERT INTO steps VALUES (?,?,?,?,?,?,?,?,?)", (run, ordinal, *step, canonical(dict(facts))))

    def end_run(self, run: int, state: str, version: str = "", reason: str = "") -> None:
        """Close a run as `done`, or as `failed` with the reason."""
        row = (time.time(), state, version, reason, run)
        self._db.execute("UPDATE runs SET ended=?, state=?, version=?, reason=? WHERE id=?", row)

    def runs(self) -> list[Mapping[str, Any]]:
        """All runs, newest first."""
        return [dict(row) for row in self._db.execute("SELECT * FROM runs ORDER BY id DESC")]

    def steps(self, run: int) -> list[Mapping[str, Any]]:
        """The finished steps of a run, in order."""
        rows = self._db.execute("SELECT * FROM steps WHERE run=? ORDER BY ordinal", (run,))
        return [{**dict(row), "facts": json.loads(row["facts"])} for row in rows]

    def add_version(self, name: str, content_digest: str, run: int, facts: Mapping[str, Any]) -> None:
        """Write down a frozen version."""
        row = (name, content_digest, run, canonical(dict(facts)), time.time())
        self._db.execute("INSERT INTO versions VALUES (?,?,?,?,?)", row)

    def versions(self) -> list[Mapping[str, Any]]:
        """All versions, newest first."""
        rows = self._db.execute("SELECT * FROM versions ORDER BY at DESC, name DESC")
        return [{**dict(row), "facts": json.loads(row["facts"])} for row in rows]

    def set_tag(self, tag: str, version: str) -> None:
        """Point a tag at a version; a tag that stood elsewhere moves."""
        self._db.execute("INSERT OR REPLACE INTO tags VALUES (?,?,?)", (tag, version, time.time()))

    def tags(self) -> Mapping[str, str]:
        """Tag -> version."""
        return {row["tag"]: row["version"] for row in self._db.execute("SELECT * FROM tags ORDER BY tag")}


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time: of two that open a new file at once, one makes it and one finds it made."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def reply_key(teacher: Mapping[str, Any], prompt: Prompt) -> str:
    """What a kept reply is found by: the teacher's identity and the prompt, never the code."""
    return digest("reply", dict(teacher), prompt.digest)


def _reply(row: sqlite3.Row) -> Reply:
    return Reply(
        text=row["text"],
        finish=row["finish"],
        tokens_in=row["tokens_in"],
        tokens_out=row["tokens_out"],
        seconds=row["seconds"],
    )
