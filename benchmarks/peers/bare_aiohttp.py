"""The least that asks many prompts: one session, N workers, each answer a line. `python bare_aiohttp.py --help`."""

import asyncio
import json
import time

import aiohttp
from _rows import TextIO, asked, told


async def ask(url: str, rows: list[dict[str, object]], concurrency: int, out: TextIO) -> dict[str, int]:
    failed: dict[str, int] = {}
    waiting = iter(enumerate(rows))
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            for number, body in waiting:
                try:
                    async with session.post(f"{url}/chat/completions", json=body) as response:
                        text = (await response.json())["choices"][0]["message"]["content"]
                except (aiohttp.ClientError, ValueError, LookupError, TypeError) as error:
                    failed[type(error).__name__] = failed.get(type(error).__name__, 0) + 1
                else:
                    out.write(json.dumps({"id": number, "text": text}) + "\n")

        await asyncio.gather(*(work() for _ in range(concurrency)))
    return failed


def main() -> None:
    told_to, rows, out = asked(__doc__)
    started = time.monotonic()
    with out:
        failed = asyncio.run(ask(told_to.url, rows, told_to.concurrency, out))
    told(time.monotonic() - started, failed, aiohttp.__version__)


if __name__ == "__main__":
    main()
