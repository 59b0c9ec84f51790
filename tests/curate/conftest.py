import sys
from pathlib import Path

# The tests of this folder share the rows of twin_rows.py.
sys.path.insert(0, str(Path(__file__).parent))
