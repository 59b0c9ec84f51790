"""The mapping for files that name their keys otherwise than a layout, and keys beside the layout's."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from gristmill.errors import UserError, nearest

Columns = Annotated[
    dict[str, str],
    Field(
        default_factory=dict,
        description="Our key: the file's key, for a file that names its keys otherwise, as `input: context`.",
    ),
]
Extra = Annotated[
    tuple[str, ...],
    Field(default=(), description="Further keys of the file that its rows keep, as `category`; both ways."),
]


def misnamed(columns: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """A sentence for each key of ours that the layout has not, and for each of the file's that is named twice."""
    names = tuple(names)
    theirs = list(columns.values())
    twice = dict.fromkeys(key for key in theirs if theirs.count(key) > 1)
    return [
        *(f'"{ours}" is no key of this layout: {nearest(ours, names)}' for ours in columns if ours not in names),
        *(f'the file\'s key "{key}" can be only one of ours: name it once' for key in twice),
    ]


def known(record: Mapping[str, Any], needed: Iterable[str], allowed: Iterable[str], where: str) -> None:
    """Raise UserError, with all that is wrong, for keys that a record lacks, or has beyond the needed and allowed."""
    needed = tuple(needed)
    names = {*needed, *allowed}
    wrong = [f'has the unknown key "{key}" ({nearest(key, names)})' for key in record if key not in names]
    wrong += [f'lacks the key "{key}"' for key in needed if key not in record]
    if wrong:
        raise UserError(
            f"{where} {'; '.join(wrong)}. Say in columns which of the file's keys is which of ours, "
            "and in extra which others its rows keep."
        )
