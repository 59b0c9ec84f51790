"""Under CI the properties are tried on fixed examples, so that a red build is a change's and not chance's."""

import os
import sys
from pathlib import Path

from hypothesis import settings

settings.register_profile("fixed", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("fixed")

# Tests of several folders share asked.py and the doubles.
sys.path.insert(0, str(Path(__file__).parent))
