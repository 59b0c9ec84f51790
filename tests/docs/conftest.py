import sys
from pathlib import Path

# The tests of this folder share pages.py, and read the script that writes the reference.
sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
