"""presidio's recognisers of patterns and of telephone numbers, without a model: its finds per row as JSON lines."""

import importlib.metadata
import itertools
import json
import logging
import sys
import time
from pathlib import Path

logging.disable(logging.CRITICAL)

from presidio_analyzer import predefined_recognizers as known  # noqa: E402  it logs when it is imported

# The kinds of its own that the truth of a corpus or of a set of spans names.
NAMES = {
    "CREDIT_CARD": "credit_card",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "iban",
    "URL": "url",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip_address",
    "US_DRIVER_LICENSE": "driver_licence",
}
FEW = ("EmailRecognizer", "IpRecognizer", "UsSsnRecognizer", "CreditCardRecognizer", "PhoneRecognizer")
MORE = (*FEW, "IbanRecognizer", "UrlRecognizer", "UsLicenseRecognizer")


def main() -> None:
    source, target, rows, every = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "every"
    recognisers = [getattr(known, name)() for name in (MORE if every else FEW)]
    started = time.process_time()
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for line in itertools.islice(lines, rows):
            text = json.loads(line)["text"]
            found = [
                [NAMES[one.entity_type], one.start, one.end, one.score]
                for recogniser in recognisers
                for one in recogniser.analyze(text, recogniser.supported_entities, None) or []
            ]
            out.write(json.dumps(found) + "\n")
    said = {"seconds": time.process_time() - started, "version": importlib.metadata.version("presidio-analyzer")}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
