"""markitdown converts one file to Markdown, as its users call it; its seconds and what it wrote as JSON."""

import importlib.metadata
import json
import sys
import time

from markitdown import MarkItDown


def main() -> None:
    started = time.monotonic()
    text = MarkItDown().convert(sys.argv[1]).text_content
    said = {"seconds": time.monotonic() - started, "characters": len(text)}
    print(json.dumps({**said, "version": importlib.metadata.version("markitdown")}))


if __name__ == "__main__":
    main()
