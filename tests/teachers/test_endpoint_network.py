"""Connections: refused, cut, encrypted, through proxies; closed when asking ends, however it ends."""

import asyncio
import gc
import socket
import ssl
import time
import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from endpoint_server import Step, ask, asking, said, serving

from gristmill.errors import TeacherFailed, UserError
from gristmill.teachers._exchange import proxy_for
from gristmill.teachers._limits import Pace
from gristmill.teachers.endpoint import Endpoint

DATA = Path(__file__).parents[1] / "data" / "teachers"
AUTHORITY = str(DATA / "authority.pem")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def _nameless(monkeypatch):
    """No host has an address by name; asking a real name server would leave this machine."""

    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)


def trusted() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(DATA / "server.pem")
    return context


async def closed_port() -> int:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = int(server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()
    return port


def absent(**fields) -> str:
    async def once() -> None:
        async with serving() as served:
            address = {"base_url": f"http://127.0.0.1:{await closed_port()}/v1", **fields}
            async with served.endpoint(**address).open() as answering:
                await answering.answer(asking())

    with pytest.raises(UserError) as error:
        asyncio.run(once())
    return str(error.value)


def test_a_server_that_is_not_there_is_told_of_soon(monkeypatch):
    monkeypatch.setattr("gristmill.teachers._asking._ABSENT", 0.1)
    monkeypatch.setattr("gristmill.teachers._waits._FIRST", 0.01)
    assert "does not answer: connection refused. Start the server or mend `base_url`." in absent()


@pytest.mark.usefixtures("_nameless")
def test_a_name_that_nobody_has_is_told(monkeypatch):
    monkeypatch.setattr("gristmill.teachers._asking._ABSENT", 0.0)
    assert '"no-such-host.invalid" cannot be resolved' in absent(base_url="http://no-such-host.invalid/v1")


def test_a_server_that_comes_back_is_asked_on(monkeypatch):
    monkeypatch.setattr("gristmill.teachers._waits._FIRST", 0.01)

    async def restarted() -> int:
        async with serving() as served, served.endpoint(retries=0).open() as answering:
            original = answering._exchange._chat
            answering._exchange._chat = original.with_port(await closed_port())
            asked = asyncio.ensure_future(answering.answer(asking()))
            await asyncio.sleep(0.05)
            answering._exchange._chat = original
            return (await asked).tries

    assert asyncio.run(restarted()) > 1


def encrypted(**fields) -> str:
    async def once() -> str:
        async with serving(tls=trusted()) as served, served.endpoint(**fields).open() as answering:
            return (await answering.answer(asking())).text

    return asyncio.run(once())


def test_an_own_authority_is_trusted_when_it_is_named():
    assert encrypted(ca=AUTHORITY) == "So."


def test_an_unknown_authority_ends_the_asking_at_once():
    with pytest.raises(UserError, match=r"certificate is not trusted.*in `ca`"):
        encrypted()


def test_a_file_that_holds_no_certificates_is_refused(tmp_path):
    (tmp_path / "no.pem").write_text("no certificate")
    with pytest.raises(UserError, match="wants a file of certificates"):
        ask(ca=str(tmp_path / "no.pem"))


def test_encryption_with_a_server_that_has_none_is_told(monkeypatch):
    monkeypatch.setattr("gristmill.teachers._asking._ABSENT", 0.0)

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def once() -> None:
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Endpoint(base_url=f"https://127.0.0.1:{port}/v1", model="m").open() as answering:
            await answering.answer(asking())

    with pytest.raises(UserError, match="is it http:// instead of https://"):
        asyncio.run(once())


@asynccontextmanager
async def tunnel(to: int, asked: list[str]) -> AsyncGenerator[int]:
    """A proxy that connects whatever is asked for with one port on loopback."""
    tasks: set[asyncio.Task[None]] = set()

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0])
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", to)
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        for pair in ((reader, inner_writer), (inner_reader, writer)):
            tasks.add(asyncio.ensure_future(pour(*pair)))

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_a_plain_request_goes_whole_to_the_proxy(monkeypatch):
    async def once() -> str:
        async with serving() as proxy:
            monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
            async with proxy.endpoint(base_url="http://endpoint.example/v1").open() as answering:
                await answering.answer(asking())
            return proxy.seen[0].target

    assert asyncio.run(once()) == "http://endpoint.example/v1/chat/completions"


def test_an_encrypted_request_goes_through_the_proxy(monkeypatch):
    asked: list[str] = []

    async def once() -> str:
        async with serving(tls=trusted()) as served, tunnel(served.port, asked) as port:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
            address = {"base_url": "https://endpoint.example/v1", "ca": AUTHORITY}
            async with served.endpoint(**address).open() as answering:
                return (await answering.answer(asking())).text

    assert asyncio.run(once()) == "So."
    assert asked == ["CONNECT endpoint.example:443 HTTP/1.1"]


def test_a_proxy_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setattr("gristmill.teachers._asking._ABSENT", 0.0)
    port = asyncio.run(closed_port())
    monkeypatch.setenv("http_proxy", f"http://me:hush-hush@127.0.0.1:{port}")
    told = absent(base_url="http://endpoint.example/v1")
    assert "the proxy: connection refused" in told
    assert "hush" not in told


@pytest.mark.usefixtures("_nameless")
def test_the_environments_proxy_is_passed_by_when_told_to(monkeypatch):
    monkeypatch.setattr("gristmill.teachers._asking._ABSENT", 0.0)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert "cannot be resolved" in absent(base_url="http://no-such-host.invalid/v1", proxy="none")


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://host.example/v1", {"https_proxy": "http://p:3128"}, "http://p:3128"),
        ("https://host.example/v1", {"https_proxy": "p:3128"}, "http://p:3128"),
        ("https://host.example/v1", {"all_proxy": "http://p:1"}, "http://p:1"),
        ("https://host.example/v1", {"http_proxy": "http://p:1"}, ""),
        ("https://host.example/v1", {"https_proxy": "http://p:1", "no_proxy": ".example"}, ""),
        ("https://host.example:8443/v1", {"https_proxy": "http://p:1", "no_proxy": "host.example:8443"}, ""),
        ("http://localhost:8000/v1", {"http_proxy": "http://p:1"}, ""),
        ("http://127.0.0.1:8000/v1", {"http_proxy": "http://p:1"}, ""),
        ("http://[::1]:8000/v1", {"http_proxy": "http://p:1"}, ""),
        ("http://host.example/v1", {}, ""),
    ],
)
def test_which_proxy_the_environment_names(monkeypatch, url, environment, proxy):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy


def test_a_proxy_of_another_kind_is_refused(monkeypatch):
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(UserError, match="names a socks5 proxy"):
        proxy_for("https://host.example/v1")


@pytest.mark.parametrize("tls", [False, True])
def test_asking_that_is_cancelled_ends_at_once_and_leaves_nothing_open(tls):
    async def broken_off() -> tuple[float, int]:
        slow = Step(body=said().body, delay=30)
        async with serving(lambda _: slow, tls=trusted() if tls else None) as served:
            async with served.endpoint(concurrency=8, ca=AUTHORITY if tls else "").open() as answering:
                tasks = [asyncio.ensure_future(answering.answer(asking(str(number)))) for number in range(12)]
                while len(served.seen) < 8:
                    await asyncio.sleep(0.01)
                started = time.monotonic()
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
                # Those under way are broken off; those that wait for a place were never sent, and say so.
                assert [type(one) for one in ended] == [asyncio.CancelledError] * 8 + [TeacherFailed] * 4
                assert answering._limit.busy == 0
            return time.monotonic() - started, served.open

    gc.collect()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        seconds, _ = asyncio.run(broken_off())
        gc.collect()
    assert seconds < 1
    assert [str(one.message) for one in told if issubclass(one.category, ResourceWarning)] == []


def test_requests_and_tokens_a_minute_are_kept_to(monkeypatch):
    reserve, waits = Pace.reserve, []

    def noted(pace: Pace, amount: float, now: float) -> float:
        waits.append((amount, reserve(pace, amount, 1000.0)))
        return 0.0

    async def one_after_another() -> None:
        async with serving(lambda _: said(usage=(70, 30))) as served:
            limits = {"requests_per_minute": 60, "tokens_per_minute": 6000}
            async with served.endpoint(**limits).open() as answering:
                for number in range(4):
                    await answering.answer(asking(str(number), max_tokens=998))

    monkeypatch.setattr(Pace, "reserve", noted)
    asyncio.run(one_after_another())
    assert waits[::2] == [(1, 0), (1, 0), (1, 1), (1, 2)]
    # Each is guessed to take 1,000 tokens and took 100: a second's worth.
    assert waits[1::2] == [(1000, 0), (1000, 0), (1000, pytest.approx(1)), (1000, pytest.approx(2))]
