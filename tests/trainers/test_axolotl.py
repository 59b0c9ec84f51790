"""axolotl loads what `Axolotl` writes: its own config schema, its own loader and chat template strategy.

Made with axolotl 0.19.0. In an environment of its own: `pip install axolotl pytest hypothesis -e .`, then
`pytest -m long tests/trainers/test_axolotl.py`.
"""

from pathlib import Path

import pytest

from gristmill.contracts import Rows
from gristmill.formats.axolotl import Axolotl
from trained_rows import ANSWERS

pytest.importorskip("axolotl", reason="axolotl is not installed beside gristmill: pip install axolotl")
from axolotl.cli.config import load_cfg
from axolotl.loaders import load_tokenizer
from axolotl.utils.data import prepare_datasets

from tiny_model import tiny

pytestmark = pytest.mark.long


def test_axolotl_loads_the_export_by_its_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Axolotl()
    for split in ("train", "val"):
        layout.write(Rows(lambda: ANSWERS), tmp_path / f"{split}.jsonl")
    [(name, text)] = layout.beside({split: f"{split}.jsonl" for split in ("train", "val", "test")}).items()
    more = "base_model: ./model\nsequence_len: 512\nlearning_rate: 0.001\nmicro_batch_size: 1\nnum_epochs: 1\n"
    more += "gradient_accumulation_steps: 1\noutput_dir: ./out\ndataset_prepared_path: ./prepared\n"
    (tmp_path / name).write_text(text + more, "utf-8")
    assert list(layout.read(tmp_path / name)) == ANSWERS
    tiny(tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    cfg = load_cfg(name)
    assert (cfg.datasets[0].type, cfg.datasets[0].field_messages) == ("chat_template", "messages")
    tokenizer = load_tokenizer(cfg)
    train, evaluation, _, _ = prepare_datasets(cfg, tokenizer)
    assert (len(train), len(evaluation)) == (len(ANSWERS), len(ANSWERS))
    texts = {tokenizer.decode(row["input_ids"]) for row in train}
    assert "<|user|>What turns a mill?<|end|><|assistant|>Water.<|end|>" in texts
    learnt = [tokenizer.decode([label for label in row["labels"] if label != -100]) for row in train]
    assert any(text.startswith("Water.") for text in learnt)
    assert not any("What turns" in text for text in learnt)
    assert "None" not in "".join(texts)
