"""Starting is cheap: heavy packages load when they are used, and parts import without them."""

import importlib
import json
import subprocess
import sys

import pytest

import gristmill

HEAVY = (
    "pyarrow",
    "pypdfium2",
    "rapidocr",
    "onnxruntime",
    "jinja2",
    "lxml",
    "numba",
    "xllamacpp",
    "numpy",
    "tokenizers",
    "torch",
    "huggingface_hub",
    "ruamel",
)

_BLOCKED = """
import importlib, json, pkgutil, sys

class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"{name} is not installed here")

sys.meta_path.insert(0, Wall())
import gristmill
names = [one.name for one in pkgutil.walk_packages(gristmill.__path__, "gristmill.")]
# Only what is compiled needs its compiler at once; `lazy` alone leads there.
names = [name for name in names if not name.startswith("gristmill.compiled.")]
wrong = {}
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        wrong[name] = str(error)
print(json.dumps([len(names), wrong]))
"""


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _loaded(code: str) -> set[str]:
    told = _python(f"import json, sys\n{code}\nprint('\\n' + json.dumps(sorted(sys.modules)))")
    return {name.split(".")[0] for name in json.loads(told.splitlines()[-1])}


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert _loaded("import gristmill") & {*HEAVY, "pydantic", "typer", "rich"} == set()


def test_help_loads_nothing_heavy() -> None:
    call = "gristmill.cli.app(['--help'])"
    code = f"import gristmill.cli\ntry:\n    {call}\nexcept SystemExit as ended:\n    assert not ended.code"
    loaded = _loaded(code)
    assert "typer" in loaded
    assert loaded & {*HEAVY, "pydantic"} == set()


def test_every_module_imports_without_the_heavy_packages() -> None:
    count, wrong = json.loads(_python(f"BLOCKED = {HEAVY!r}\n{_BLOCKED}"))
    assert count > 80
    assert wrong == {}


def test_the_wall_is_felt() -> None:
    _, wrong = json.loads(_python(f"BLOCKED = ('pydantic',)\n{_BLOCKED}"))
    assert "gristmill.contracts" in wrong
    assert "gristmill.records" not in wrong


@pytest.mark.parametrize("name", gristmill.__all__)
def test_a_public_name_is_the_one_of_its_module(name: str) -> None:
    if name != "__version__":
        module, attribute = gristmill._HOMES[name].split(".")
        assert getattr(gristmill, name) is getattr(importlib.import_module(f"gristmill.{module}"), attribute)


def test_the_public_names_are_those_that_have_a_home() -> None:
    assert set(gristmill.__all__) == {*gristmill._HOMES, "__version__"}
    assert dir(gristmill) == sorted(gristmill.__all__)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = gristmill.no_such_name


def test_a_public_name_survives_the_import_of_a_module_of_that_name() -> None:
    code = (
        "import gristmill.run, gristmill.find, gristmill\n"
        "print(callable(gristmill.run_recipe), gristmill.part_names('chunk')[0])"
    )
    assert _python(code).split() == ["True", "by_headings"]
