"""Whether a finding's reason says the place that its `offset` says already."""

import re

from gristmill.findings import Finding

_PLACES = re.compile(r"\b(?:byte|character|row)s? (\d+(?:,\d{3})*)\b(?![.,]\d)")


def tells_its_place(finding: Finding) -> bool:
    """Who prints a finding adds its place: a reason that names it too says it twice."""
    return str(finding.offset) in [place.replace(",", "") for place in _PLACES.findall(finding.reason)]
