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

from gristmill.kept import Asked, last_turn
from gristmill.migrations import MIGRATIONS
from gristmill.records import Prompt, Reply, canonical, turns_digest

_AT_ONCE = 500


class Database:
    """One project's SQLite file. Every write is one transaction."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._db.row_factory = sqlite3.Row
        self._openings: set[str] = set()
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

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Several writes as one: all of them, or none when the process dies among them."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # replies

    def reply(self, key: str) -> Reply | None:
        """The kept reply of this asking, or None."""
        return self.replies([key]).get(key)

    def replies(self, keys: Sequence[str]) -> dict[str, Reply]:
        """The kept replies among these askings, by key."""
        found: dict[str, Reply] = {}
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            for row in self._db.execute(f"SELECT {_REPLY}, key FROM replies WHERE key IN ({marks})", some):
                found[row["key"]] = _reply(row)
        return found

    def replies_to(self, prompt_digest: str) -> list[tuple[Mapping[str, Any], Reply]]:
        """All kept replies to a prompt, each with the teacher that gave it."""
        rows = self._db.execute(
            f"SELECT {_REPLY}, teacher, prompt FROM replies WHERE prompt_digest=? ORDER BY at", (prompt_digest,)
        )
        return [({**json.loads(row["teacher"]), "prompt": self._prompt(row["prompt"])}, _reply(row)) for row in rows]

    def prompt_text(self, prompt: Prompt) -> str:
        """A prompt as the store keeps it, as JSON; the turns before the last, which many share, are kept once."""
        opening = turns_digest(prompt.messages[:-1])
        if opening not in self._openings:
            turns = canonical([[turn.role, turn.content] for turn in prompt.messages[:-1]])
            self._db.execute("INSERT OR IGNORE INTO openings VALUES (?,?)", (opening, turns))
            self._openings.add(opening)
        return last_turn(opening, prompt)

    def _prompt(self, text: str) -> Mapping[str, Any]:
        """A kept prompt with all its turns."""
        kept = json.loads(text)
        found = self._db.execute("SELECT turns FROM openings WHERE digest=?", (kept.pop("opening", ""),)).fetchone()
        return {**kept, "messages": [*(json.loads(found[0]) if found else ()), *kept["messages"]]}

    def all_replies(self) -> Iterator[Mapping[str, Any]]:
        """Every kept reply as a row, oldest first, in the form that the `recorded` teacher replays."""
        for row in self._db.execute("SELECT * FROM replies ORDER BY at, key"):
            reply = {name: row[name] for name in ("prompt_digest", "text", "finish", "tokens_in", "tokens_out")}
            yield {**reply, "model": json.loads(row["teacher"]).get("model", "")}

    def usual(self, seat: str, teacher: str) -> tuple[int, int, int, int]:
        """Of a teacher's newest replies in a seat: to how many prompts, of how many characters, tokens in, tokens out.

        A prompt that was asked again counts once, and its replies' tokens together.
        """
        row = self._db.execute(
            "SELECT COUNT(DISTINCT prompt_digest), SUM(size) * COUNT(DISTINCT prompt_digest) / COUNT(*), "
            "SUM(tokens_in), SUM(tokens_out) FROM (SELECT prompt_digest, tokens_in, tokens_out, "
            "LENGTH(prompt) + COALESCE(LENGTH(turns), 0) AS size FROM replies "
            "LEFT JOIN openings ON openings.digest = json_extract(prompt, '$.opening') "
            "WHERE seat=? AND teacher=? AND tokens_in > 0 ORDER BY replies.rowid DESC LIMIT 500)",
            (seat, teacher),
        ).fetchone()
        return row[0], row[1] or 0, row[2] or 0, row[3] or 0

    def answered(self, seat: str) -> int:
        """How many prompts of a seat have a kept reply."""
        row = self._db.execute("SELECT COUNT(DISTINCT prompt_digest) FROM replies WHERE seat=?", (seat,)).fetchone()
        return int(row[0])

    def mark_asked(self, key: str, run: int, seat: str = "", teacher: str = "", cost: float = 0.0) -> None:
        """Say that this asking is on its way, at this cost at most. After a kill it still says so."""
        row = (key, run, time.time(), seat, teacher, cost)
        self._db.execute("INSERT OR REPLACE INTO asked (key, run, at, seat, teacher, cost) VALUES (?,?,?,?,?,?)", row)

    def keep_reply(self, key: str, asked: Asked, reply: Reply) -> None:
        """Keep a reply for ever; from here on this asking is never paid again."""
        said = (reply.text, reply.finish, reply.tokens_in, reply.tokens_out, reply.seconds, time.time(), reply.model)
        with self.together():
            self._db.execute(
                "INSERT OR IGNORE INTO replies VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
                (key, asked.teacher, asked.prompt_digest, asked.prompt, *said, asked.seat),
            )
            self._db.execute("DELETE FROM asked WHERE key=?", (key,))

    def drop_asked(self, key: str) -> None:
        """The asking ended without a reply, and the ledger says so."""
        self._db.execute("DELETE FROM asked WHERE key=?", (key,))

    def in_flight(self) -> list[str]:
        """Askings without a reply: those under way when a run was killed."""
        return [row["key"] for row in self._db.execute("SELECT key FROM asked ORDER BY at")]

    # money

    def add_spent(self, run: int, seat: str, teacher: str, spent: Sequence[float]) -> None:
        """Add to what a teacher took in a run: requests, replies, failed, tokens in, tokens out, cost."""
        requests, replies, failed, tokens_in, tokens_out, cost = spent
        self._db.execute(
            "INSERT INTO spent VALUES (?,?,?,?,?,?,0,?,?,?) ON CONFLICT (run, seat, teacher) DO UPDATE SET "
            "requests=requests+excluded.requests, replies=replies+excluded.replies, failed=failed+excluded.failed, "
            "tokens_in=tokens_in+excluded.tokens_in, tokens_out=tokens_out+excluded.tokens_out, "
            "cost=cost+excluded.cost",
            (run, seat, teacher, requests, replies, failed, tokens_in, tokens_out, cost),
        )

    def spent(self, run: int | None = None) -> list[Mapping[str, Any]]:
        """What each teacher took in each seat, of one run or of all; `lost` replies were under way at a kill."""
        where, given = ("", ()) if run is None else (" WHERE run=?", (run,))
        rows = self._db.execute(
            "SELECT seat, teacher, SUM(requests) AS requests, SUM(replies) AS replies, SUM(failed) AS failed, "
            "SUM(lost) AS lost, SUM(tokens_in) AS tokens_in, SUM(tokens_out) AS tokens_out, SUM(cost) AS cost "
            f"FROM spent{where} GROUP BY seat, teacher ORDER BY seat, teacher",
            given,
        )
        return [dict(row) for row in rows]

    def spent_this_round(self) -> float:
        """What all runs cost since the one that last froze a new version."""
        since = "COALESCE((SELECT MAX(run) FROM versions), 0)"
        row = self._db.execute(f"SELECT COALESCE(SUM(cost), 0) FROM spent WHERE run > {since}").fetchone()
        return float(row[0])

    def add_lost(self, run: int, seat: str, teacher: str, requests: int, cost: float) -> None:
        """Count requests whose replies can no longer be had as spent, at the most that they can have cost."""
        self._db.execute(
            "INSERT INTO spent VALUES (?,?,?,?,0,0,?,0,0,?) ON CONFLICT (run, seat, teacher) DO UPDATE SET "
            "requests=requests+excluded.requests, lost=lost+excluded.lost, cost=cost+excluded.cost",
            (run, seat, teacher, requests, requests, cost),
        )

    def add_batch(
        self, token: str, seat: str, teacher: str, prompts: Mapping[str, Sequence[str]], cost: float, run: int
    ) -> None:
        """Write down that a batch is about to be handed in: key -> (prompt digest, prompt as JSON), at this cost."""
        row = (token, teacher, "", canonical(dict(prompts)), run, time.time(), seat, cost)
        self._db.execute("INSERT INTO batches VALUES (?,?,?,?,?,?,?,?)", row)

    def name_batch(self, token: str, name: str) -> None:
        """The name under which the server took a batch."""
        self._db.execute("UPDATE batches SET name=? WHERE token=?", (name, token))

    def batches(self) -> list[Mapping[str, Any]]:
        """The batches that were not collected yet, oldest first."""
        rows = self._db.execute("SELECT * FROM batches ORDER BY at, token")
        return [{**dict(row), "prompts": json.loads(row["prompts"])} for row in rows]

    def drop_batch(self, token: str) -> None:
        """A batch is collected, or never arrived."""
        self._db.execute("DELETE FROM batches WHERE token=?", (token,))

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
        with self.together():
            self._db.execute("UPDATE runs SET state='killed' WHERE state='running'")
            # What a killed run had under way may have been billed: it counts as spent, once.
            self._db.execute(
                "INSERT INTO spent SELECT run, seat, teacher, COUNT(*), 0, 0, COUNT(*), 0, 0, SUM(cost) FROM asked "
                "WHERE teacher != '' GROUP BY run, seat, teacher ON CONFLICT (run, seat, teacher) DO UPDATE SET "
                "requests=requests+excluded.requests, lost=lost+excluded.lost, cost=cost+excluded.cost"
            )
            self._db.execute("UPDATE asked SET teacher='', cost=0")
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

    def facts_of(self, station: str, fingerprint: str) -> Mapping[str, Any]:
        """What was written down of a step when it last ended; nothing of one that never did."""
        found = self._db.execute(
            "SELECT facts FROM steps WHERE station=? AND fingerprint=? ORDER BY run DESC LIMIT 1",
            (station, fingerprint),
        ).fetchone()
        return dict(json.loads(found["facts"])) if found else {}

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


_REPLY = "text, finish, tokens_in, tokens_out, seconds, model"


def _reply(row: sqlite3.Row) -> Reply:
    text, finish, tokens_in, tokens_out, seconds, model, *_ = row
    return Reply(text=text, finish=finish, tokens_in=tokens_in, tokens_out=tokens_out, seconds=seconds, model=model)
