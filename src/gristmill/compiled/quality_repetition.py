"""Measures how much of a text repeats: lines, paragraphs, the top run of words, runs that come again."""

from typing import Any, NamedTuple

import numpy as np

from gristmill.compiled._loops import borrowing, compiled
from gristmill.compiled.quality_letters import HASH_FACTOR, SPACE, Letters, Tables, hashed, letters_for, read
from gristmill.compiled.quality_lines import Seen, feeds, part_of, place_of, repeated, room_for, trimmed
from gristmill.compiled.quality_words import BEGINS, cut, word_end

PARAGRAPHS, PARAGRAPH_CHARACTERS, LINES, LINE_CHARACTERS, TOP_RUNS = range(5)
FIRST_TOP, LAST_TOP, FIRST_RUN, LAST_RUN = 2, 4, 5, 10
REPEATED_RUNS = TOP_RUNS + LAST_TOP - FIRST_TOP + 1
MEASURES = REPEATED_RUNS + LAST_RUN - FIRST_RUN + 1


class Words(NamedTuple):
    """The words of one text and room to work with them, all int64.

    numbers  a number for each word
    ends     one longer, from 0: where each word ends, counted in characters of words alone
    runs     as many: numbers of runs of words
    counts, firsts  by place in the set: how often a run came, and at which word first
    """

    numbers: Any
    ends: Any
    runs: Any
    counts: Any
    firsts: Any


@compiled
def measure(data: Any, starts: Any, tables: Tables) -> Any:
    """A row of MEASURES for each text, all as shares of it; not a number for a text without characters."""
    letters, seen = letters_for(starts), room_for(64)
    found = np.full((len(starts) - 1, MEASURES), np.nan)
    for text in range(len(starts) - 1):
        size = read(data, starts[text], starts[text + 1], tables, letters)
        if size == 0:
            continue
        cut(letters, size, tables)
        count = _count(letters, size)
        many = max(count, feeds(letters.points, size) + 1)
        if 2 * many > len(seen.keys):
            seen = room_for(many)
        part = part_of(seen, many)
        words = words_for(count, len(part.keys))
        _number(letters, size, words)
        turn = 30 * text + 1
        _pieces(letters, size, part, turn, found[text])
        _top_runs(words, part, turn, found[text])
        _repeated_runs(words, part, turn + LAST_TOP, found[text])
        found[text, TOP_RUNS:] /= size
    return found


@compiled
def words_for(count: int, places: int) -> Words:
    """Room for so many words and runs."""
    numbers, ends, runs = np.empty(count, np.int64), np.zeros(count + 1, np.int64), np.empty(count, np.int64)
    return Words(numbers, ends, runs, np.empty(places, np.int64), np.empty(places, np.int64))


@borrowing
def _stirred(number: int) -> int:
    """The number with its bits spread, so that sums over several words rarely meet."""
    spread = np.uint64(number ^ number >> 32) * HASH_FACTOR
    return np.int64(spread ^ spread >> np.uint64(29))  # type: ignore[return-value]


@borrowing
def _count(letters: Letters, size: int) -> int:
    count = 0
    for at in range(size):
        count += 1 if letters.marks[at] == BEGINS and not letters.kinds[at] & SPACE else 0
    return count


@borrowing
def _number(letters: Letters, size: int, words: Words) -> None:
    """Give each word its number and its end."""
    count = begin = 0
    while begin < size:
        end = word_end(letters, begin, size)
        if letters.marks[begin] == BEGINS and not letters.kinds[begin] & SPACE:
            words.numbers[count] = _stirred(hashed(letters.points, begin, end, 0))
            words.ends[count + 1] = words.ends[count] + end - begin
            count += 1
        begin = end


@borrowing
def _pieces(letters: Letters, size: int, seen: Seen, turn: int, found: Any) -> None:
    """Shares of the paragraphs, lines and characters that repeat earlier paragraphs and lines."""
    first, last = trimmed(letters, 0, size)
    pieces, again, characters = repeated(letters, first, last, 2, seen, turn)
    found[PARAGRAPHS], found[PARAGRAPH_CHARACTERS] = again / pieces, characters / size
    pieces, again, characters = repeated(letters, 0, size, 1, seen, turn + 1)
    found[LINES], found[LINE_CHARACTERS] = again / pieces, characters / size


@borrowing
def _lengthen(words: Words, length: int) -> int:
    """Make the numbers of all runs those of runs of so many words, one more than before; how many there are."""
    numbers, runs = words.numbers, words.runs
    count = len(numbers) - length + 1
    for at in range(count):
        shorter = np.uint64(runs[at] if length > 2 else numbers[at])
        runs[at] = np.int64(shorter * HASH_FACTOR + np.uint64(numbers[at + length - 1]))
    return count


@borrowing
def _top_runs(words: Words, seen: Seen, turn: int, found: Any) -> None:
    """Characters of the run of words that comes most often, blanks between its words too, over all its places."""
    runs, ends, counts, firsts = words.runs, words.ends, words.counts, words.firsts
    for length in range(FIRST_TOP, LAST_TOP + 1):
        most = longest = 0
        for at in range(_lengthen(words, length)):
            place = place_of(seen, runs[at], turn + length)
            if seen.rounds[place] != turn + length:
                seen.keys[place], seen.rounds[place] = runs[at], turn + length
                counts[place], firsts[place] = 0, at
            counts[place] += 1
            if counts[place] > most:
                most, longest = counts[place], firsts[place]
            elif counts[place] == most:
                longest = min(longest, firsts[place])
        characters = ends[longest + length] - ends[longest] + length - 1 if most else 0
        found[TOP_RUNS + length - FIRST_TOP] = characters * most


@borrowing
def _repeated_runs(words: Words, seen: Seen, turn: int, found: Any) -> None:
    """Characters of the runs of words that came before, for each length; a run that did is left behind at once."""
    runs, ends = words.runs, words.ends
    for length in range(FIRST_RUN, LAST_RUN + 1):
        count, characters, at = _lengthen(words, length), 0, 0
        while at < count:
            place = place_of(seen, runs[at], turn + length)
            if seen.rounds[place] == turn + length:
                characters += ends[at + length] - ends[at]
                at += length
            else:
                seen.keys[place], seen.rounds[place] = runs[at], turn + length
                at += 1
        found[REPEATED_RUNS + length - FIRST_RUN] = characters
