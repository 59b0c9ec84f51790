"""Everything known of each row, as cells that any spreadsheet opens."""

from typing import ClassVar

from gristmill.formats._whole import Whole


class Csv(Whole):
    """Comma-separated values in UTF-8, by RFC 4180, or tab-separated by the ending `.tsv`.

    Cells are texts. A column in which some value is no text (a number, true or false, nothing, a list) holds JSON,
    and its head ends in `:json`; so a row comes back as it was.
    """

    suffix: ClassVar[str] = ".csv"
    endings: ClassVar[tuple[str, ...]] = (".csv", ".tsv")
