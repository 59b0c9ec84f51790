"""The openai package as its documentation shows it: AsyncOpenAI with all its defaults, N workers."""

import asyncio
import json
import time
from typing import Any

import openai
from _rows import TextIO, asked, told

KNOWN = ("model", "messages", "max_tokens", "response_format", "seed", "temperature", "top_p")


async def ask(url: str, rows: list[dict[str, Any]], concurrency: int, out: TextIO) -> dict[str, int]:
    failed: dict[str, int] = {}
    waiting = iter(enumerate(rows))
    client = openai.AsyncOpenAI(base_url=url, api_key="none")

    async def work() -> None:
        for number, body in waiting:
            known = {name: body[name] for name in KNOWN if name in body}
            more = {name: value for name, value in body.items() if name not in KNOWN}
            try:
                answer = await client.chat.completions.create(**known, extra_body=more or None)
                text = answer.choices[0].message.content
            except (openai.OpenAIError, ValueError, LookupError, TypeError) as error:
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
    told(time.monotonic() - started, failed, openai.__version__)


if __name__ == "__main__":
    main()
