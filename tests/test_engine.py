import _thread
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa

import gristmill
from gristmill.engine import SILENT, _settled, col, collect, frame


def fresh(code: str, **environment: str) -> str:
    bare = {key: value for key, value in os.environ.items() if key not in SILENT}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=bare | environment, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_table_comes_back_as_it_went_in():
    table = pa.table({"row": [1, 2, 3], "text": ["a", None, "ü"]})
    assert collect(frame(table)).to_pylist() == table.to_pylist()


def test_an_empty_table_comes_back_empty():
    assert collect(frame(pa.table({"row": pa.array([], pa.int64())}))).num_rows == 0


def test_groups_are_computed():
    table = pa.table({"key": ["a", "b", "a"], "row": [0, 1, 2]})
    grouped = collect(frame(table).groupby("key").agg(col("row").list_agg().alias("rows")))
    assert {entry["key"]: sorted(entry["rows"]) for entry in grouped.to_pylist()} == {"a": [0, 2], "b": [1]}


def test_importing_it_does_not_import_the_engine():
    assert fresh("import sys, gristmill.engine; print('daft' in sys.modules)").strip() == "False"


def test_the_engine_sends_nothing_and_draws_nothing():
    code = (
        "import threading, urllib.request\n"
        "calls = []\n"
        "urllib.request.urlopen = lambda *a, **k: calls.append(a)\n"
        "import pyarrow as pa\n"
        "from gristmill.engine import frame, collect\n"
        "collect(frame(pa.table({'a': [1]})))\n"
        "import daft.scarf_telemetry as told\n"
        "[thread.join(5) for thread in threading.enumerate() if thread.daemon and 'scarf' in thread.name.lower()]\n"
        "print(calls, told.opted_out())\n"
    )
    assert fresh(code).strip() == "[] True"


def test_the_engine_is_local_whatever_the_environment_says():
    code = (
        "import pyarrow as pa\n"
        "from gristmill.engine import frame, collect\n"
        "collect(frame(pa.table({'a': [1]})))\n"
        "import daft.runners\n"
        "print('runner', daft.runners.get_or_infer_runner_type())\n"
    )
    assert "runner native" in fresh(code, DAFT_RUNNER="ray")


def test_a_session_that_started_the_engine_itself_is_served():
    code = (
        "import daft, pyarrow as pa\n"
        "daft.set_runner_native()\n"
        "from gristmill.engine import frame, collect\n"
        "print(collect(frame(pa.table({'a': [7]}))).to_pylist())\n"
    )
    assert fresh(code, **SILENT).strip() == "[{'a': 7}]"


def test_no_other_file_names_the_engine():
    package = Path(gristmill.__file__).parent
    naming = [path.name for path in package.rglob("*.py") if 'lazy("daft' in path.read_text("utf-8")]
    assert naming == ["engine.py"]


def test_the_end_of_the_process_waits_for_threads_that_python_did_not_start():
    began, left = [], []

    def foreign():
        began.append(True)
        time.sleep(0.05)
        left.append(True)

    _thread.start_new_thread(foreign, ())
    while not began:
        time.sleep(0.001)
    _settled()
    assert left == [True]
