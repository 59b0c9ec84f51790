"""A small language model inside this process: no key, no GPU and no network at work.

The packaged SmolLM2-135M-Instruct proves the whole way and costs nothing; any better GGUF file, of
yours or of a hub, takes its place by name.

A prompt has one reply, whatever else is asked, in whatever order, before or after a restart: each
worker is a model with one slot and a fixed number of threads, brought to the same state before each
prompt: it has read the turns before the last one, and nothing else. Turns that many prompts share
(rules, worked examples) are read once. Shared slots and other thread counts add floats in another
order, which turns near-ties. Other kinds of processor may, too; for the same bytes on any machine
use the `recorded` teacher.
"""

import asyncio
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from gristmill import weights
from gristmill.answering import Answering, Teacher
from gristmill.errors import TeacherFailed, UserError
from gristmill.lazy import lazy
from gristmill.records import Prompt, Reply

xllamacpp = lazy("xllamacpp")

_DOORS = "gristmill-door-"


class Embedded(Teacher):
    """Answers by a GGUF model that runs on this machine's processor.

    Source of the weights' format and of the sampling: llama.cpp, reached through xllamacpp.
    """

    needs: ClassVar[tuple[str, ...]] = ("xllamacpp", "huggingface-hub")
    unkeyed: ClassVar[frozenset[str]] = frozenset({"concurrency", "timeout", "cache"})

    model: str = Field(default="", description="Path of a GGUF file; empty: the packaged SmolLM2-135M-Instruct.")
    hub: str = Field(
        default="", pattern=r"^([^/\s]+/[^/\s]+/\S+\.gguf)?$", description="A hub's file: owner/name/file.gguf."
    )
    revision: str = Field(
        default="", pattern=r"^([0-9a-f]{40})?$", description="The hub model's commit, 40 digits; `hub` needs it."
    )
    temperature: float = Field(default=0.0, ge=0.0, le=2.0, description="0 takes the likeliest token each time.")
    top_p: float = Field(default=1.0, gt=0.0, le=1.0, description="Draw from the likeliest tokens of this mass.")
    seed: int = Field(default=0, ge=0, lt=2**31, description="Seed of the draws; equal askings draw apart.")
    context: int = Field(default=4096, ge=256, description="Tokens that a prompt and its reply may have together.")
    threads: int = Field(default=1, ge=1, le=64, description="Threads per answer; another number, other near-ties.")
    concurrency: int = Field(default=2, ge=1, le=64, description="Answers at once; each holds a core and memory.")
    timeout: float = Field(default=600.0, gt=0.0, description="Seconds that one answer may take.")
    cache: str = Field(default="~/.cache/gristmill", description="Folder that keeps the packaged weights.")

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        if self.model and self.hub:
            raise ValueError("name a `model` file or a `hub` model, not both")
        if bool(self.hub) != bool(self.revision):
            raise ValueError("`hub` and `revision` go together: the commit keeps a later change of the model out")
        return self

    def files(self) -> tuple[str, ...]:
        """The recipe's own GGUF file, when it names one."""
        return (self.model,) if self.model else ()

    def awaits(self) -> str:
        """The weights, when they have not been fetched yet."""
        if self.model or self.hub or weights.fetched(Path(self.cache).expanduser()):
            return ""
        return f"the packaged weights, 93 MB: fetched once with pip, into {self.cache}"

    def identity(self) -> Mapping[str, Any]:
        """Model, digest or commit, and settings, without a fetch or a load.

        Raises UserError when the file in `model` cannot be read.
        """
        keyed = ("temperature", "top_p", "seed", "context", "threads")
        settings = {name: getattr(self, name) for name in keyed}
        if self.hub:
            return {"model": self.hub, "revision": self.revision, **settings}
        if self.model:
            return {"model": Path(self.model).stem, "sha256": weights.sha256(Path(self.model)), **settings}
        return {"model": weights.NAME, "sha256": weights.SHA256, **settings}

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Answering, None]:
        """Load one model per worker; on the way out, stop whatever still runs.

        Raises UserError when the weights cannot be had or loaded.
        """
        path = await asyncio.to_thread(self._find)
        # Read once, when the runtime loads; without them idle threads spin and take the cores of busy ones.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        os.environ.setdefault("GOMP_SPINCOUNT", "0")
        # Unix socket paths hold about 100 bytes, which a long TMPDIR would overrun.
        short = "/tmp" if os.access("/tmp", os.W_OK) else None
        _sweep(Path(short or tempfile.gettempdir()))
        with tempfile.TemporaryDirectory(prefix=f"{_DOORS}{os.getpid()}-", dir=short) as folder:
            pool = ThreadPoolExecutor(self.concurrency, thread_name_prefix="embedded")
            workers = _Workers(self, pool)
            try:
                for number in range(self.concurrency):
                    server = await asyncio.to_thread(self._load, path, f"{folder}/{number}.sock")
                    workers.free.put(_Worker(server))
                yield workers
            finally:
                workers.closing.set()
                pool.shutdown(wait=True, cancel_futures=True)
                while not workers.free.empty():
                    workers.free.get()

    def _find(self) -> Path:
        if self.hub:
            return weights.from_hub(self.hub, self.revision)
        return Path(self.model) if self.model else weights.packaged(Path(self.cache).expanduser())

    def _load(self, path: Path, socket: str) -> Any:
        """One model with one slot, its door a private socket instead of a port, and no log."""
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx = self.context
        params.n_parallel = 1
        params.n_gpu_layers = 0
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self.threads
        params.cache_prompt = True
        params.cache_ram_mib = 0
        params.hostnames = [socket]
        params.ui = params.endpoint_slots = False
        params.verbosity = -1
        try:
            return xllamacpp.Server(params)
        except RuntimeError:
            raise UserError(
                f"{path} ({path.stat().st_size} bytes) cannot be loaded as a model with a context of {self.context} "
                "tokens. Check that it is a whole GGUF file that llama.cpp knows and that memory suffices: "
                "less `context` and `concurrency` need less."
            ) from None


class _Worker:
    """One model with one slot, and which turns it has read."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.read: list[dict[str, str]] = []

    def read_first(self, turns: list[dict[str, str]]) -> None:
        """Bring the slot to one state: these turns read, and nothing after them.

        Other turns are read from nothing. The second asking, with all but the last token kept, must
        stay: it makes the state after the first prompt the same as before every later one.
        """
        opening = {"messages": turns, "max_tokens": 0, "temperature": 0.0}
        if turns != self.read:
            self.read = []
            self.server.handle_chat_completions({**opening, "cache_prompt": False})
            self.read = turns
        self.server.handle_chat_completions({**opening, "cache_prompt": True})


class _Workers:
    """The opened teacher: loaded models that wait for prompts, each asked by one thread at a time."""

    def __init__(self, teacher: Embedded, pool: ThreadPoolExecutor) -> None:
        self.teacher = teacher
        self.pool = pool
        self.free: SimpleQueue[Any] = SimpleQueue()
        self.closing = threading.Event()

    async def answer(self, prompt: Prompt) -> Reply:
        """The one reply to this prompt.

        Raises TeacherFailed: `too_long` for the context, `timeout`, or `refused` by the runtime.
        """
        cancelled = threading.Event()
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, self._ask, prompt, cancelled)
        finally:
            cancelled.set()

    def _ask(self, prompt: Prompt, cancelled: threading.Event) -> Reply:
        heard = _Heard(self.teacher.timeout, lambda: cancelled.is_set() or self.closing.is_set())
        worker: _Worker = self.free.get()
        request = self._request(prompt)
        try:
            if len(request["messages"]) > 1:
                worker.read_first(request["messages"][:-1])
            else:
                request["cache_prompt"] = False
                worker.read = []
            worker.server.handle_chat_completions(request, heard)
        except (RuntimeError, ValueError) as error:
            raise TeacherFailed("refused", f"the embedded model cannot take this prompt: {error}") from None
        finally:
            self.free.put(worker)
        return heard.reply()

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        teacher = self.teacher
        request: dict[str, Any] = {
            "messages": [{"role": turn.role, "content": _sound(turn.content)} for turn in prompt.messages],
            "max_tokens": prompt.max_tokens,
            "temperature": teacher.temperature,
            "top_p": teacher.top_p,
            "top_k": 0,
            "min_p": 0.0,
            "seed": (teacher.seed + prompt.ordinal) % 2**31,
            "cache_prompt": True,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if prompt.schema:
            schema = {"name": "reply", "strict": True, "schema": json.loads(prompt.schema)}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        return request


class _Heard:
    """Gathers a reply token by token; the model stops when a call returns True."""

    def __init__(self, timeout: float, stopped: Callable[[], bool]) -> None:
        self.started = time.monotonic()
        self.timeout = timeout
        self.stopped = stopped
        self.pieces: list[str] = []
        self.finish = ""
        self.usage: Mapping[str, int] = {}
        self.error: Mapping[str, Any] = {}
        self.late = False

    def __call__(self, chunk: Mapping[str, Any]) -> bool:
        self.error = chunk.get("error") or self.error
        self.usage = chunk.get("usage") or self.usage
        for choice in chunk.get("choices", ()):
            self.pieces.append(choice["delta"].get("content") or "")
            self.finish = choice.get("finish_reason") or self.finish
        self.late = not self.finish and time.monotonic() - self.started > self.timeout
        return self.late or self.stopped()

    def reply(self) -> Reply:
        """What was heard. Raises TeacherFailed when it is not a whole reply."""
        if self.error.get("type") == "exceed_context_size_error":
            asked, held = self.error.get("n_prompt_tokens"), self.error.get("n_ctx")
            raise TeacherFailed(
                "too_long", f"the prompt has {asked} tokens, the context holds {held}: raise `context` or cut shorter"
            )
        if self.late:
            reason = f"no whole answer in {self.timeout:g} s: raise `timeout`, or lower `concurrency`"
            raise TeacherFailed("timeout", reason)
        if self.error or not self.finish:
            raise TeacherFailed("refused", f"the embedded model gave no answer: {self.error.get('message', 'stopped')}")
        return Reply(
            text="".join(self.pieces),
            finish="length" if self.finish == "length" else "stop",
            tokens_in=self.usage.get("prompt_tokens", 0),
            tokens_out=self.usage.get("completion_tokens", 0),
            seconds=time.monotonic() - self.started,
        )


def _sweep(folder: Path) -> None:
    """Remove the doors of processes that were killed."""
    for left in folder.glob(f"{_DOORS}*"):
        process = left.name.removeprefix(_DOORS).split("-")[0]
        if process.isdigit() and not Path(f"/proc/{process}").exists() and Path("/proc/self").exists():
            shutil.rmtree(left, ignore_errors=True)


def _sound(text: str) -> str:
    """The text with lone surrogates, which no UTF-8 can carry, as replacement characters."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
