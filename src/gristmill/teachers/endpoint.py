"""Any server of the OpenAI chat protocol: a vendor, a gateway, or vLLM, Ollama, llama.cpp.

Recipes, each a teacher of a seat:

    OpenAI      {endpoint: {base_url: "https://api.openai.com/v1", model: gpt-4.1-mini, key: OPENAI_API_KEY}}
    Azure       {endpoint: {base_url: "https://NAME.openai.azure.com/openai/deployments/DEPLOYMENT",
                 model: DEPLOYMENT, key: AZURE_API_KEY, key_header: api-key, query: {api-version: "2024-10-21"}}}
    Anthropic   {endpoint: {base_url: "https://api.anthropic.com/v1", model: claude-haiku-4-5,
                 key: ANTHROPIC_API_KEY, json_replies: none}}  # it ignores schemas without a word
    vLLM        {endpoint: {base_url: "http://127.0.0.1:8000/v1", model: Qwen/Qwen3-8B, concurrency: 256}}
    Ollama      {endpoint: {base_url: "http://127.0.0.1:11434/v1", model: qwen3:8b, concurrency: 4}}
    llama.cpp   {endpoint: {base_url: "http://127.0.0.1:8080/v1", model: any, concurrency: 4}}

A model that thinks before it answers needs room for it: `extra: {max_completion_tokens: 4000}`. What a server
does not understand (JSON schemas, temperatures, `max_tokens`) is found out by its first complaint and left out.
A key is read from the environment variable that the recipe names, and stays out of all that is written.
"""

import json
import os
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from gristmill.answering import Answering, Batching, Price, Teacher
from gristmill.errors import UserError
from gristmill.find import missing
from gristmill.records import Prompt
from gristmill.teachers._asking import Asking, Secret, Terms
from gristmill.teachers._batch import Batches
from gristmill.teachers._dialect import LIMITS, Dialect, JsonReplies
from gristmill.teachers._exchange import Address, connected, is_loopback

_VARIABLE = r"^([A-Z][A-Z0-9_]{0,63})?$"
_SECRETIVE = re.compile(r"key|token|secret|password|\bsig\b|signature|auth", re.IGNORECASE)
_SECRETIVE_EXTRA = re.compile(
    r"api[_-]?key|(access|auth|bearer)[_-]?token|secret|password|authorization", re.IGNORECASE
)
_OURS = frozenset({"model", "messages", "stream", "n", "temperature", "top_p", "seed", "response_format"})


class Endpoint(Teacher):
    """Answers by a server that speaks the OpenAI chat-completions protocol."""

    model_config = ConfigDict(hide_input_in_errors=True)
    needs: ClassVar[tuple[str, ...]] = ("aiohttp",)
    unkeyed: ClassVar[frozenset[str]] = frozenset(
        "key key_header timeout retries patience requests_per_minute tokens_per_minute concurrency weight rereads "
        "price_in price_out proxy ca batch_size batch_pause".split()
    )

    base_url: str = Field(
        json_schema_extra={"secret": True},
        description="Where the API begins, most often ending in /v1: http://127.0.0.1:8000/v1.",
    )
    model: str = Field(min_length=1, description="The model's name, as the server calls it.")
    key: str = Field(
        default="",
        pattern=_VARIABLE,
        json_schema_extra={"secret": True},
        description="NAME of the environment variable that holds the key, such as OPENAI_API_KEY; never the key.",
    )
    key_header: str = Field(
        default="Authorization",
        pattern=r"^[A-Za-z]{1,16}(-[A-Za-z]{1,16}){0,3}$",
        json_schema_extra={"secret": True},
        description="Header for the key: Authorization sends `Bearer KEY`, any other (api-key) the bare key.",
    )
    query: dict[str, str] = Field(
        default_factory=dict,
        json_schema_extra={"secret": True},
        description="Query parameters of each request, such as Azure's api-version.",
    )
    extra: dict[str, Any] = Field(
        default_factory=dict,
        json_schema_extra={"secret": True},
        description="Further fields of each request's body, such as reasoning_effort or max_completion_tokens.",
    )
    temperature: float | None = Field(default=0.0, ge=0.0, le=2.0, description="null leaves it to the server.")
    top_p: float | None = Field(default=None, gt=0.0, le=1.0, description="null leaves it to the server.")
    seed: int | None = Field(default=None, ge=0, lt=2**31, description="Seed of the draws; equal askings draw apart.")
    json_replies: JsonReplies = Field(
        default="auto",
        description="How to ask for JSON: by `schema`, as any JSON `object`, in words (`none`); auto: what works.",
    )
    concurrency: int = Field(default=32, ge=1, le=4096, description="Most requests at once; fewer under strain.")
    timeout: float = Field(default=120.0, gt=0.0, description="Seconds that one request may take.")
    retries: int = Field(default=8, ge=0, le=100, description="Further tries of one prompt after a failure.")
    patience: float = Field(default=300.0, gt=0.0, description="Seconds without any reply after which asking ends.")
    requests_per_minute: int | None = Field(default=None, ge=1, description="Most requests a minute; null: any number.")
    tokens_per_minute: int | None = Field(default=None, ge=1, description="Most tokens a minute; null: any number.")
    rereads: int = Field(default=2, ge=0, le=10, description="Further askings when a reply cannot be read.")
    price_in: float | None = Field(
        default=None, ge=0.0, allow_inf_nan=False, description="Price of a million tokens read."
    )
    price_out: float | None = Field(
        default=None,
        ge=0.0,
        allow_inf_nan=False,
        validate_default=True,
        description="Price of a million tokens written.",
    )
    batch_size: int = Field(
        default=0,
        ge=0,
        le=50_000,
        description="Prompts that are handed in as one batch, cheaper and answered within a day; 0: one by one.",
    )
    batch_pause: float = Field(default=20.0, gt=0.0, le=3600.0, description="Seconds between two looks at a batch.")
    proxy: Literal["", "none"] = Field(default="", description="Empty: the environment's proxy; none: no proxy.")
    ca: str = Field(default="", description="PEM file of the authorities to trust; empty: the system's.")

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        url = value.strip()
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", url):
            raise ValueError("an address begins with http:// or https:// and names a host, as https://host/v1")
        if "@" in parts.netloc:
            raise ValueError("an address holds no user or password: put the key into a variable and name it in `key`")
        if parts.query or parts.fragment:
            raise ValueError("what follows ? in an address belongs in `query`")
        if parts.port == 0:
            raise ValueError("there is no port 0")
        return url.rstrip("/").removesuffix("/chat/completions").rstrip("/")

    @field_validator("key", mode="before")
    @classmethod
    def _name_of_variable(cls, value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(_VARIABLE, value):
            raise ValueError(
                "this is the NAME of an environment variable, such as OPENAI_API_KEY: capitals, digits, underscores. "
                "If a key stands there, replace it by a name, and get a new key if others have seen the file"
            )
        return value

    @field_validator("query")
    @classmethod
    def _nothing_secret(cls, value: dict[str, str]) -> dict[str, str]:
        if secret := [name for name in value if _SECRETIVE.search(name)]:
            raise ValueError(f'"{secret[0]}" sounds secret: put the key into a variable and name it in `key`')
        return value

    @field_validator("extra")
    @classmethod
    def _only_further_fields(cls, value: dict[str, Any]) -> dict[str, Any]:
        if ours := sorted(_OURS & set(value)):
            raise ValueError(f'"{ours[0]}" does not go here: it is a field of its own, or is set for each prompt')
        if secret := [name for name in _names(value) if _SECRETIVE_EXTRA.search(name)]:
            raise ValueError(f'"{secret[0]}" sounds secret: put the key into a variable and name it in `key`')
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            raise ValueError("these fields hold a value that JSON does not know") from None
        return value

    @field_validator("price_out")
    @classmethod
    def _both_prices(cls, value: float | None, info: ValidationInfo) -> float | None:
        if "price_in" in info.data and (value is None) != (info.data["price_in"] is None):
            raise ValueError("give both `price_in` and `price_out`, or neither")
        return value

    def identity(self) -> Mapping[str, Any]:
        """Model, server and all that shapes an answer; neither the key nor how fast it is asked."""
        parts = urlsplit(self.base_url)
        keyed = ("temperature", "top_p", "seed", "query", "extra", "json_replies")
        settings = {name: getattr(self, name) for name in keyed}
        return {"model": self.model, "endpoint": f"{parts.netloc}{parts.path}", **settings}

    def destination(self) -> str:
        """The host and port that prompts are sent to; empty when it is this machine."""
        parts = urlsplit(self.base_url)
        return "" if is_loopback(parts.hostname or "") else parts.netloc

    def lacks(self) -> str:
        """The key's variable, the file of certificates or the package that is not there."""
        if packages := missing(type(self)):
            return f"install what it needs: pip install {' '.join(packages)}"
        if self.key and not self._key_value():
            return f"set {self.key} to the key of {urlsplit(self.base_url).netloc}: export {self.key}=…"
        if self.ca and not os.access(self.ca, os.R_OK):
            return f"the file {self.ca} of `ca` cannot be read: mend the path"
        return ""

    def price(self) -> Price | None:
        """What its tokens cost; None when the recipe does not say. A server on this machine costs nothing then."""
        if self.price_in is None or self.price_out is None:
            return None if self.destination() else Price()
        return Price(self.price_in, self.price_out)

    def longest(self, prompt: Prompt) -> int:
        """Tokens that a reply may have at most: those of the prompt, or of the limit that `extra` states."""
        stated = [self.extra[name] for name in LIMITS if isinstance(self.extra.get(name), int)]
        return max(stated, default=prompt.max_tokens)

    def repeats(self) -> int:
        """How often a prompt is asked again when its reply cannot be read."""
        return self.rereads

    def batch(self) -> int:
        """How many prompts make a batch; 0 when they are asked one by one."""
        return self.batch_size

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Answering | Batching, None]:
        """Open connections as they are needed. Raises UserError when something is lacking."""
        if lacking := self.lacks():
            raise UserError(f"{self.base_url} cannot be asked: {lacking}.")
        async with connected(self._address()) as exchange:
            terms = Terms(
                url=self.base_url,
                model=self.model,
                variable=self.key,
                retries=self.retries,
                patience=self.patience,
                concurrency=self.concurrency,
                requests_per_minute=self.requests_per_minute,
                tokens_per_minute=self.tokens_per_minute,
            )
            opened = (terms, exchange, self._dialect(), Secret(self._key_value()))
            yield Batches(*opened, self.batch_pause) if self.batch_size else Asking(*opened)

    def _key_value(self) -> str:
        return os.environ.get(self.key, "").strip() if self.key else ""

    def _address(self) -> Address:
        key = self._key_value()
        if not key.isascii() or not key.isprintable():
            raise UserError(
                f"the value of {self.key} is no key: it holds line breaks or signs that no header may hold."
            )
        sent = f"Bearer {key}" if self.key_header.lower() == "authorization" else key
        return Address(
            url=self.base_url,
            query=self.query,
            headers={self.key_header: sent} if key else {},
            timeout=self.timeout,
            ca=self.ca,
            proxied=self.proxy == "",
        )

    def _dialect(self) -> Dialect:
        fixed = {"model": self.model, "temperature": self.temperature, "top_p": self.top_p, **self.extra}
        dialect = Dialect(fixed, self.seed, self.json_replies)
        if self.batch_size and self.json_replies == "auto":
            # Nothing is learned within a batch, and a schema that is of no object is what most servers refuse.
            dialect.lacks |= {"bare_schema"}
        return dialect


def _names(value: Any) -> Iterator[str]:
    """The names of all fields, also of those within others."""
    if isinstance(value, Mapping):
        yield from map(str, value)
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _names(inner)
