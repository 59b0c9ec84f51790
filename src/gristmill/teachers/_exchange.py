"""One HTTP exchange with an endpoint, and what it came to: an answer, or plain words why none came."""

import io
import ipaddress
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pydantic_core import from_json

from gristmill.errors import UserError
from gristmill.lazy import lazy

aiohttp = lazy("aiohttp")
ssl = lazy("ssl")
urllib_request = lazy("urllib.request")
yarl = lazy("yarl")

_CONNECT_SECONDS = 30.0
_LIST_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where and how an endpoint is reached; `headers` hold the key, so they are never shown."""

    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 120.0
    ca: str = ""
    proxied: bool = True


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole HTTP answer; header names of any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Unheard:
    """No whole answer: the kind of trouble in one word, and what happened in plain words."""

    kind: str
    told: str


class Exchange:
    """An open line to one endpoint."""

    def __init__(self, address: Address, session: Any, proxy: str) -> None:
        self._session = session
        self._address = address
        self._proxy = proxy or None
        self._timeout = address.timeout
        self._chat = yarl.URL(f"{address.url}/chat/completions").update_query(address.query)
        self._list = yarl.URL(f"{address.url}/models").update_query(address.query)

    async def post(self, body: bytes) -> Heard | Unheard:
        """Send one request for a completion. Redirects are not followed: they would carry the key along."""
        try:
            async with self._session.post(self._chat, data=body, proxy=self._proxy, allow_redirects=False) as answer:
                return Heard(answer.status, answer.headers, await answer.read())
        except (aiohttp.ClientError, OSError) as error:
            trouble = self._trouble(error)
        # Outside of the except clause: the client's own error shows the request's headers when it is printed.
        return trouble

    async def call(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> Heard | Unheard:
        """One call of another path, with `query` parameters at its end, and a body of this kind.

        Files take as long as they need: only silence ends the waiting.
        """
        address = self._address
        limit = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=address.timeout)
        where = yarl.URL(f"{address.url}/{path}").update_query(address.query)
        # As a stream: a body of bytes would be sent as one piece that holds up everything else.
        sent = {"data": io.BytesIO(body), "headers": {"Content-Type": kind}} if body else {}
        try:
            async with self._session.request(
                method, where, proxy=self._proxy, allow_redirects=False, timeout=limit, **sent
            ) as answer:
                return Heard(answer.status, answer.headers, await answer.read())
        except (aiohttp.ClientError, OSError) as error:
            trouble = self._trouble(error)
        return trouble

    async def models(self) -> list[str]:
        """The names of the models that the endpoint offers; none when it does not tell."""
        try:
            limit = aiohttp.ClientTimeout(total=_LIST_SECONDS)
            async with self._session.get(self._list, proxy=self._proxy, allow_redirects=False, timeout=limit) as answer:
                listed = from_json(await answer.read())["data"]
            return sorted({str(model["id"]) for model in listed})
        except (aiohttp.ClientError, OSError, ValueError, LookupError, TypeError):
            return []

    def _trouble(self, error: Exception) -> Unheard:
        host = self._chat.host
        if isinstance(error, aiohttp.ClientHttpProxyError):
            return Unheard("proxy", f"the proxy answered {error.status} instead of connecting to {host}")
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return Unheard("certificate", f"its certificate is not trusted ({_verdict(error.certificate_error)})")
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return Unheard("unreachable", f'the name "{error.host}" cannot be resolved')
        if isinstance(error, aiohttp.ClientConnectorSSLError):
            return Unheard("unreachable", "no encrypted connection can be made: is it http:// instead of https://?")
        if isinstance(error, aiohttp.ClientConnectorError):
            who = "the proxy: " if isinstance(error, aiohttp.ClientProxyConnectionError) else ""
            return Unheard("unreachable", who + _refusal(error.os_error))
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return Unheard("unreachable", f"no connection within {min(_CONNECT_SECONDS, self._timeout):g} s")
        if isinstance(error, TimeoutError):
            return Unheard("timeout", f"no whole answer within {self._timeout:g} s")
        return Unheard("dropped", "the connection broke before the whole answer came")


def _refusal(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return (error.strerror or "no connection").lower()


def _verdict(error: Exception) -> str:
    return str(getattr(error, "verify_message", "") or "it does not verify")


@asynccontextmanager
async def connected(address: Address) -> AsyncGenerator[Exchange, None]:
    """An open line; closed with all its connections on the way out.

    Raises UserError when the certificates or the proxy cannot be used.
    """
    connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300, ssl=_trust(address))
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Content-Type": "application/json", "Accept": "application/json", **address.headers},
        timeout=aiohttp.ClientTimeout(total=address.timeout, sock_connect=min(_CONNECT_SECONDS, address.timeout)),
    )
    async with session:
        yield Exchange(address, session, proxy_for(address.url) if address.proxied else "")


def _trust(address: Address) -> Any:
    if not address.ca:
        return True
    try:
        return ssl.create_default_context(cafile=address.ca)
    except OSError as error:
        raise UserError(
            f"the certificates in {address.ca} cannot be used: {error.strerror or error}. "
            "`ca` wants a file of certificates in PEM form."
        ) from None


def proxy_for(url: str) -> str:
    """The proxy that the environment names for this URL; empty for none, and for this machine.

    Raises UserError for a kind of proxy that cannot be used.
    """
    parts = urlsplit(url)
    if is_loopback(parts.hostname or "") or urllib_request.proxy_bypass(parts.netloc):
        return ""
    named = urllib_request.getproxies()
    proxy = str(named.get(parts.scheme) or named.get("all") or "")
    if proxy and "://" not in proxy:
        return f"http://{proxy}"
    kind = proxy.partition("://")[0]
    if kind not in ("", "http", "https"):
        raise UserError(
            f"the environment names a {kind} proxy for {parts.hostname}, and only http and https proxies can be "
            "used. Name one of those in https_proxy, or write `proxy: none`."
        )
    return proxy


def is_loopback(host: str) -> bool:
    """Whether a host is this machine for certain: `name.localhost` is whatever the network's name server says."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
