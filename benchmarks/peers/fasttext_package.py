"""fastText's own predict over the whole text of each row: the likeliest label and its probability."""

import json
import sys
from pathlib import Path

import fasttext


def main() -> None:
    corpus, path = sys.argv[1:]
    model = fasttext.load_model(path)
    found = {}
    with Path(corpus).open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            labels, chances = model.predict(row["text"].replace("\n", " "))
            found[row["id"]] = (labels[0].removeprefix("__label__"), chances[0]) if labels else ("", 0.0)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
