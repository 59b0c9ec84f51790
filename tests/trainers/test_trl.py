"""TRL loads what `Trl` writes: its own parser, its own loader, its own trainers' preparation, and one step.

Made with TRL 1.16.0. In an environment of its own: `pip install trl pytest hypothesis -e .`, then
`pytest -m long tests/trainers/test_trl.py`.
"""

from pathlib import Path

import pytest

from gristmill.contracts import Rows
from gristmill.formats.trl import Trl
from trained_rows import ANSWERS, JUDGED, PREFERENCES

pytest.importorskip("trl", reason="TRL is not installed beside gristmill: pip install trl")
import trl

from tiny_model import tiny

pytestmark = pytest.mark.long
CASES = {
    "messages": (ANSWERS, trl.SFTConfig, trl.SFTTrainer),
    "prompt_completion": (ANSWERS, trl.SFTConfig, trl.SFTTrainer),
    "preference": (PREFERENCES, trl.DPOConfig, trl.DPOTrainer),
    "unpaired": (JUDGED, trl.KTOConfig, trl.KTOTrainer),
}


@pytest.mark.parametrize("kind", CASES)
def test_trl_trains_on_the_export_by_its_config(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, config, trainer = CASES[kind]
    layout = Trl(type=kind)
    layout.write(Rows(lambda: rows), tmp_path / "train.jsonl")
    for name, text in layout.beside({"train": "train.jsonl", "val": "val.jsonl"}).items():
        (tmp_path / name).write_text(text, "utf-8")
    assert len(list(layout.read(tmp_path / "trl.yaml"))) == len(rows)
    monkeypatch.chdir(tmp_path)
    parser = trl.TrlParser((trl.ScriptArguments, config, trl.ModelConfig, trl.DatasetMixtureConfig))
    said = ["--config", "trl.yaml", "--output_dir", "out", "--max_steps", "1", "--report_to", "none", "--use_cpu"]
    size = ["--per_device_train_batch_size", "2", "--bf16", "False", "--gradient_checkpointing", "False"]
    _, training, _, data = parser.parse_args_and_config([*said, *size])
    found = trl.get_dataset(data)["train"]
    assert len(found) == len(rows)
    model, tokenizer = tiny(tmp_path / "model")
    made = trainer(model=model, args=training, train_dataset=found, processing_class=tokenizer)
    assert len(made.train_dataset) == len(rows)
    assert made.train().global_step == 1
    if kind == "messages":
        texts = [tokenizer.decode(row["input_ids"]) for row in made.train_dataset]
        assert "<|user|>What turns a mill?<|end|><|assistant|>Water.<|end|>" in texts[0]
        assert "level({'river': 'Lune'})" in texts[2] or 'level({"river": "Lune"})' in texts[2]
        assert "None" not in "".join(texts)
