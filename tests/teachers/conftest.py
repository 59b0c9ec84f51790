import sys
from pathlib import Path

# The tests of this folder share endpoint_server.py.
sys.path.insert(0, str(Path(__file__).parent))
