"""Pick the sentences of a passage that state something, so that a teacher asks about those."""

import re
from collections.abc import Sequence

from gristmill.records import Passage
from gristmill.text import content_words, sentences, words

# A sentence that leans on its neighbours, speaks of its own text, or is code, mark-up or a quotation
# makes a poor fact by itself; small models break off at quotes and invent the rest of a link.
_LEANING = re.compile(
    r"^(?:this|that|it|its|they|these|those|he|she|such|for example|however|but|and|so|then)\b"
    r"|^(?:also|usually|often|here|there)\b"
    r"|\b(?:above|below|following|we|our|see|thank|note|section)\b|>>>|\*\*|\]\(|[{}=_;#\\|“”\"]",
    re.IGNORECASE,
)
_FEWEST, _MOST = 6, 35


def facts(passage: Passage, wanted: int, ordinal: int) -> list[str]:
    """Up to `wanted` sentences to ask about; each `ordinal` begins where the one before it ended.

    Sentences that stand by themselves come first, and among them those that share most words with
    the heading; after the last one it begins anew. A passage without a sentence gives itself.
    """
    ranked = _ranked(passage) or [passage.text.strip()]
    first = ordinal * wanted
    return [ranked[(first + step) % len(ranked)] for step in range(min(wanted, len(ranked)))]


def _ranked(passage: Passage) -> Sequence[str]:
    topic = set(content_words(" ".join((passage.title, *passage.heading_path))))
    found = [" ".join(sentence.split()) for sentence in sentences(passage.text)]
    spoken = {sentence: words(sentence) for sentence in found}
    whole = [sentence for sentence in found if _FEWEST <= len(spoken[sentence]) <= _MOST and _closed(sentence)]
    return sorted(
        whole or found,
        key=lambda sentence: (bool(_LEANING.search(sentence)), -len(topic.intersection(spoken[sentence]))),
    )


def _closed(sentence: str) -> bool:
    """Whether it begins and ends as a sentence does, in scripts with and without capitals."""
    return not sentence[0].islower() and sentence.rstrip("\"'”’»」』)]")[-1:] in tuple(".!。！।॥؟۔")
