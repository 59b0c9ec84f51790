import sys
from pathlib import Path

# The tests of this folder share the files that hostile.py makes.
sys.path.insert(0, str(Path(__file__).parent))
