import pytest

from gristmill.family import families


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("gpt-4o-mini", "gpt"),
        ("openai/gpt-5", "gpt"),
        ("chatgpt-4o-latest", "gpt"),
        ("o1-preview-2024-09-12", "gpt"),
        ("openai/o3", "gpt"),
        ("o4-mini", "gpt"),
        ("gpt-oss:20b", "gpt"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama"),
        ("llama3.1:8b", "llama"),
        ("accounts/fireworks/models/llama-v3p1-70b-instruct", "llama"),
        ("CodeLlama-7b-hf", "llama"),
        ("Qwen2.5-7B", "qwen"),
        ("Qwen/QwQ-32B", "qwen"),
        ("claude-sonnet-4-20250514", "claude"),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude"),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", "mistral"),
        ("open-mistral-nemo", "mistral"),
        ("ministral-8b-latest", "mistral"),
        ("SmolLM2-135M-Instruct-Q4_1.gguf", "smollm"),
        ("gemma-2-9b-it", "google"),
        ("models/gemini-2.0-flash", "google"),
        ("microsoft/phi-4", "phi"),
        ("phi3:mini", "phi"),
        ("DeepSeek-R1-Distill-Qwen-7B", "deepseek qwen"),
        ("nvidia/Llama-3.1-Nemotron-70B-Instruct", "llama"),
        ("tiiuae/Falcon3-7B-Instruct", "falcon"),
        ("grok-2", "grok"),
        ("TinyLlama-1.1B-Chat", "tinyllama"),
        ("cognitivecomputations/dolphin-2.9", "dolphin"),
        ("AIDC-AI/Marco-o1", "marco"),
        ("anthropic/next", "next"),
        (r"C:\models\mistral-7b.gguf", "mistral"),
        ("文心一言", "文心一言"),
        ("4", "4"),
        ("", ""),
        (" / ", ""),
    ],
)
def test_the_family_of_a_name(model, found):
    assert families(model) == frozenset(found.split())


def test_an_owner_counts_when_the_name_tells_nothing():
    assert families("meta-llama/Guard-86M") == {"llama"}
