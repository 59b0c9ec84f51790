"""A classifier of your choice that judges texts: loaded through transformers, asked window by window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gristmill.errors import UserError
from gristmill.lazy import lazy

torch = lazy("torch")
transformers = lazy("transformers")

_WINDOW, _BATCH = 1_200, 32


@dataclass(frozen=True, slots=True)
class Classifier:
    """A model that sorts texts, its tokenizer, and the number of the label that means toxic."""

    tokenizer: Any
    model: Any
    label: int

    def judged(self, texts: Sequence[str]) -> Iterator[tuple[float, int, int]]:
        """For each text the chance of its worst window, and where that window begins and ends in code points."""
        for text in texts:
            spans = list(windows(text))
            chances = [
                chance
                for at in range(0, len(spans), _BATCH)
                for chance in self._chances([text[start:end] for start, end in spans[at : at + _BATCH]])
            ]
            worst = max(range(len(spans)), key=chances.__getitem__, default=-1)
            yield (chances[worst], *spans[worst]) if spans else (0.0, 0, 0)

    def _chances(self, texts: list[str]) -> list[float]:
        given = self.tokenizer(texts, return_tensors="pt", padding=True, truncation=True)
        with torch.no_grad():
            logits = self.model(**given).logits
        several = self.model.config.problem_type == "multi_label_classification" or logits.shape[-1] == 1
        chances = torch.sigmoid(logits) if several else torch.softmax(logits, -1)
        return [float(chance) for chance in chances[:, self.label]]


def windows(text: str) -> Iterator[tuple[int, int]]:
    """Pieces of at most 1,200 characters, cut at blanks where there are any."""
    start = 0
    while text[start:].strip():
        end = min(start + _WINDOW, len(text))
        blank = text.rfind(" ", start + _WINDOW // 2, end) if end < len(text) else -1
        end = blank if blank > 0 else end
        yield start, end
        start = end


def loaded(name: str, label: str) -> Classifier:
    """The classifier at a folder, or of the hub as `owner/name` or `owner/name@revision`; it must be safetensors.

    Raises UserError when a package is missing, the model cannot be had, or it has no such label.
    """
    where, _, revision = name.partition("@")
    how = {"revision": revision} if revision else {}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(where, **how)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(where, use_safetensors=True, **how)
        model.eval()
    except ModuleNotFoundError as error:
        raise UserError(
            f'the classifier "{name}" needs the package {error.name}, which is not installed: '
            "pip install transformers torch"
        ) from None
    except (OSError, ValueError) as error:
        raise UserError(
            f'the classifier "{name}" cannot be loaded: {error}. Name a folder, or a model of the hub for text '
            "classification whose weights are safetensors."
        ) from None
    numbers = {str(one): int(number) for one, number in model.config.label2id.items()}
    if label not in numbers:
        raise UserError(
            f'the classifier "{name}" has no label "{label}" but {", ".join(sorted(numbers))}: set `label` to the one '
            "that means toxic"
        )
    return Classifier(tokenizer, model, numbers[label])
