"""bespoke-curator with its own cache and retries, rate limits lifted, the tokenizer file of its own litellm."""

import importlib.metadata
import importlib.util
import json
import os
import time
from pathlib import Path

from _rows import asked, told

LITELLM = Path(str(importlib.util.find_spec("litellm").origin)).parent  # type: ignore[union-attr]
os.environ |= {
    "CURATOR_DISABLE_RICH_DISPLAY": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OPENAI_API_KEY": "none",
    "TELEMETRY_ENABLED": "0",
    "TIKTOKEN_CACHE_DIR": str(LITELLM / "litellm_core_utils" / "tokenizers"),
}

from bespokelabs import curator  # noqa: E402  it reads the variables above as it is imported
from datasets import Dataset  # noqa: E402


class Asking(curator.LLM):
    def prompt(self, row):
        return json.loads(row["messages"])

    def parse(self, row, response):
        return {"id": row["id"], "text": response}


def main() -> None:
    told_to, rows, out = asked(__doc__)
    os.environ["CURATOR_CACHE_DIR"] = told_to.work
    limits = {"max_requests_per_minute": 10**7, "max_tokens_per_minute": 10**10}
    params = {"base_url": told_to.url, "api_key": "none", "max_concurrent_requests": told_to.concurrency, **limits}
    llm = Asking(model_name="double", backend="openai", backend_params={**params, "require_all_responses": False})
    data = Dataset.from_list([{"id": at, "messages": json.dumps(row["messages"])} for at, row in enumerate(rows)])
    started = time.monotonic()
    made = llm(data, working_dir=told_to.work)
    seconds = time.monotonic() - started
    with out:
        for row in getattr(made, "dataset", made):
            out.write(json.dumps({"id": row["id"], "text": row["text"]}) + "\n")
    told(seconds, {}, importlib.metadata.version("bespokelabs-curator"))


if __name__ == "__main__":
    main()
