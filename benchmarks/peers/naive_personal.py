"""One regular expression for five kinds of personal data: its finds per row as JSON lines."""

import itertools
import json
import re
import sys
from pathlib import Path

FORM = re.compile(
    r"(?P<email>[\w.+-]+@[\w-]+\.[\w.-]+)|(?P<ip_address>\b\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"|(?P<phone>\(?\d{3}\)?[ -]\d{3}-\d{4}\b)|(?P<ssn>\b\d{3}-\d{2}-\d{4}\b)|(?P<credit_card>\b(?:\d[ -]?){12,15}\d\b)"
)


def main() -> None:
    source, target, rows = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for line in itertools.islice(lines, rows):
            found = [[one.lastgroup, one.start(), one.end(), 1.0] for one in FORM.finditer(json.loads(line)["text"])]
            out.write(json.dumps(found) + "\n")
    print("{}")


if __name__ == "__main__":
    main()
