"""LLaMA-Factory loads what `LlamaFactory` writes: its own parser of dataset_info.json, converter and tokenising.

Made with LLaMA-Factory 0.9.5 (torch 2.11.0, torchaudio 2.11.0, torchvision 0.26.0: they must match). In an environment
of its own: `pip install llamafactory pytest hypothesis -e .`, then
`pytest -m long tests/trainers/test_llama_factory.py`.
"""

import json
from pathlib import Path

import pytest

from gristmill.contracts import Rows
from gristmill.formats.llama_factory import LlamaFactory
from trained_rows import ANSWERS, EXCHANGE, JUDGED, PREFERENCES, TALK

pytest.importorskip("llamafactory", reason="LLaMA-Factory is not installed beside gristmill: pip install llamafactory")
from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
from llamafactory.data.loader import _load_single_dataset
from llamafactory.data.parser import get_dataset_list
from llamafactory.hparams import get_train_args
from llamafactory.model import load_tokenizer

from tiny_model import tiny

pytestmark = pytest.mark.long
CASES = [
    ("alpaca", "sft", [EXCHANGE, TALK]),
    ("sharegpt", "sft", ANSWERS),
    ("alpaca", "dpo", PREFERENCES),
    ("sharegpt", "dpo", PREFERENCES),
    ("alpaca", "kto", JUDGED),
    ("sharegpt", "kto", JUDGED),
]


@pytest.mark.parametrize(("formatting", "stage", "rows"), CASES)
def test_llama_factory_loads_the_export_by_its_info(formatting: str, stage: str, rows: list, tmp_path: Path) -> None:
    layout = LlamaFactory(formatting=formatting, stage=stage)
    for split in ("train", "val"):
        layout.write(Rows(lambda: rows), tmp_path / f"{split}.jsonl")
    for name, text in layout.beside({split: f"{split}.jsonl" for split in ("train", "val")}).items():
        (tmp_path / name).write_text(text, "utf-8")
    tiny(tmp_path / "model")
    stated = {
        "stage": {"dpo": "rm"}.get(stage, stage),
        "do_train": True,
        "model_name_or_path": str(tmp_path / "model"),
        "dataset_dir": str(tmp_path),
        "dataset": "train",
        "eval_dataset": "val",
        "template": "default",
        "finetuning_type": "full",
        "output_dir": str(tmp_path / "out"),
        "use_cpu": True,
        "report_to": "none",
        "bf16": False,
    }
    model_args, data_args, training_args, finetuning_args, _ = get_train_args(stated)
    [named] = get_dataset_list(["train"], str(tmp_path))
    aligned = _load_single_dataset(named, model_args, data_args, training_args)
    assert len(aligned) == len(rows)
    assert all(row["_prompt"] and row["_response"] for row in aligned)
    own = [row for row in layout.read(tmp_path / "train.jsonl") if isinstance(row, dict)]
    assert len(own) == len(rows)
    if stage == "sft":
        assert [row["_response"][-1]["content"] for row in aligned] == [row["messages"][-1]["content"] for row in rows]
        assert aligned[1]["_system"] == "You are a miller."
        assert [turn["content"] for turn in aligned[1]["_prompt"]] == [
            "Is the mill open?",
            "Until six.",
            "And on Sunday?",
        ]
    if formatting == "sharegpt" and stage == "sft":
        assert [turn["role"] for turn in aligned[2]["_prompt"]] == ["user", "function", "observation"]
        assert json.loads(aligned[2]["_tools"])[0]["function"]["name"] == "level"
    if stage == "dpo":
        assert [turn["content"] for turn in aligned[0]["_response"]] == ["Water.", "Coal."]
    if stage == "kto":
        assert [bool(row["_response"][0]["content"]) for row in aligned] == [row["label"] for row in rows]
    tokenizer = load_tokenizer(model_args)["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    made = get_dataset(template, model_args, data_args, training_args, finetuning_args.stage, tokenizer=tokenizer)
    assert len(made["train_dataset"]) == len(rows)
    assert len(made["eval_dataset"]) == len(rows)
