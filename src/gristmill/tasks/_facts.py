"""Pick the sentences of a passage that state something, so that a teacher asks about those."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from gristmill.records import Passage
from gristmill.tasks._table_facts import without_tables
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
    """Up to `wanted` sentences and rows of tables to ask about; each `ordinal` begins where the one before it ended.

    Sentences that stand by themselves come first, and among them those that share most words with
    the heading; after the last one it begins anew. A passage without a sentence gives itself.
    """
    found = _whole(passage) or [passage.text.strip()]
    places = [(ordinal * wanted + step) % len(found) for step in range(min(wanted, len(found)))]
    ranked = list(islice(_ranked(found, passage), max(places) + 1))
    return [ranked[place] for place in places]


def _whole(passage: Passage) -> list[str]:
    """The sentences of a passage that are neither too short nor too long nor cut, and its tables' rows; else all."""
    text, rows = without_tables(passage)
    found = [" ".join(sentence.split()) for sentence in sentences(text)]
    whole = [one for one in found if _FEWEST <= len(words(one)) <= _MOST and _closed(one)]
    return [*whole, *rows] or found


def _ranked(found: Sequence[str], passage: Passage) -> Iterator[str]:
    """The sentences, those that lean on others last; each is looked at only when it is come to."""
    topic = set(content_words(" ".join((passage.title, *passage.heading_path))))
    leaning = []
    for one in sorted(found, key=lambda one: -len(topic.intersection(words(one)))) if topic else found:
        if _LEANING.search(one):
            leaning.append(one)
        else:
            yield one
    yield from leaning


def _closed(sentence: str) -> bool:
    """Whether it begins and ends as a sentence does, in scripts with and without capitals."""
    return not sentence[0].islower() and sentence.rstrip("\"'”’»」』)]")[-1:] in tuple(".!。！।॥؟۔")
