"""The order in which people read boxes on a page: downwards, and left to right side by side."""

from collections.abc import Sequence
from typing import NamedTuple

_DEEPEST = 24
# Boxes are often larger than their text: so much of a side may overlap and still count as a gap.
_SLACK = 0.1


class Box(NamedTuple):
    """A box's left and upper edge, width and height, in any unit."""

    left: float
    top: float
    width: float
    height: float


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """The boxes' places in reading order, by recursive cuts between them (XY-cut, Nagy and Seth 1984)."""
    return _cut(boxes, list(range(len(boxes))), 0)


def _cut(boxes: Sequence[Box], places: list[int], depth: int) -> list[int]:
    if len(places) < 2:
        return places
    for start, size in ((1, 3), (0, 2)) if depth < _DEEPEST else ():
        bands = _bands(boxes, places, start, size)
        if len(bands) > 1:
            return [place for band in bands for place in _cut(boxes, band, depth + 1)]
    return sorted(places, key=lambda place: (boxes[place].top, boxes[place].left, place))


def _bands(boxes: Sequence[Box], places: list[int], start: int, size: int) -> list[list[int]]:
    """Groups of boxes that a straight line parts, along one axis."""
    bands: list[list[int]] = []
    end = float("-inf")
    for place in sorted(places, key=lambda place: (boxes[place][start], boxes[place][1 - start], place)):
        slack = boxes[place][size] * _SLACK
        if boxes[place][start] + slack >= end:
            bands.append([])
        bands[-1].append(place)
        end = max(end, boxes[place][start] + boxes[place][size] - slack)
    return bands
