"""Which family a model belongs to, by its name: a judge is lenient with its own kind."""

import re
from collections.abc import Iterable

# Words in names of models, as runs of letters, and the family they tell of. A name without any of them
# stands for itself by its first word (falcon, grok, granite …).
_WORDS = {
    "gpt": "gpt chatgpt davinci codex",
    "llama": "llama codellama vicuna alpaca",
    "qwen": "qwen codeqwen qwq qvq",
    "claude": "claude",
    "mistral": "mistral mixtral ministral magistral devstral codestral pixtral mathstral voxtral",
    "google": "gemma gemini codegemma medgemma shieldgemma learnlm palm",
    "deepseek": "deepseek",
    "smollm": "smollm",
    "phi": "phi",
    "cohere": "command aya",
    "glm": "glm chatglm",
    "kimi": "kimi moonshot",
}
_FAMILIES = {word: name for name, listed in _WORDS.items() for word in listed.split()}
_RUN = re.compile(r"[^\W\d_]+")
_NUMBERED = re.compile(r"o[1-9](?![a-z0-9])")


def families(model: str) -> frozenset[str]:
    """The families of a model: `gpt` of `openai/gpt-4o-mini`, `qwen` and `deepseek` of a distilled one.

    Folder and owner count only when the last part of the name tells nothing. None for an empty name.
    """
    whole = model.casefold().replace("\\", "/").strip().strip("/")
    name = whole.rpartition("/")[2]
    if _NUMBERED.match(name):
        return frozenset({"gpt"})
    runs = _RUN.findall(name)
    found = _known(runs) or _known(_RUN.findall(whole)) or runs[:1] or [name]
    return frozenset(word for word in found if word)


def lenient(asker: str, model: str, writers: Iterable[str]) -> str:
    """A warning when a check (`asker`) asks kin of a model that writes the pairs; empty when it does not."""
    kin = [writer for writer in writers if families(writer) & families(model)]
    if not kin:
        return ""
    who = "which also" if model in kin else f"kin of {kin[0]}, which"
    return f"{asker} asks {model}, {who} writes the pairs: a model is lenient with its own"


def _known(runs: list[str]) -> list[str]:
    return [_FAMILIES[run] for run in runs if run in _FAMILIES]
