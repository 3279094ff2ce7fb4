"""The Android package: its settings are valid, its requirements resolve to recipes, its code starts without a desktop.

Nothing here builds an APK, and nothing claims that one was built.
"""

from __future__ import annotations

import ast
import configparser
import json
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tools.stage_android import stage

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "mobile" / "buildozer.spec"
# import name -> requirement, where they differ or only Android has it
ONLY_THERE = {"jnius": "pyjnius", "android": "android", "pyzbar": "pyzbar"}

_RESOLVE = """
import json, logging, sys
logging.disable(logging.CRITICAL)
from pythonforandroid.bootstrap import Bootstrap
from pythonforandroid.build import Context
from pythonforandroid.graph import get_recipe_order_and_bootstrap
context = Context()
context.recipe_build_order = None
recipes, pure, bootstrap = get_recipe_order_and_bootstrap(context, set(sys.argv[1:]), Bootstrap.get_bootstrap("sdl2", context))
print(json.dumps({"recipes": recipes, "pure": pure, "bootstrap": bootstrap.name}))
"""

_IMPORT_ALL = """
import importlib, importlib.util, os, pathlib, sys, types
class Anything(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name)
    def __call__(self, *args, **kwargs):
        return args[0] if args and callable(args[0]) else Anything("called")
    def __mro_entries__(self, bases):
        return (object,)
for name in ("jnius", "android", "android.permissions", "android.storage", "pyzbar", "pyzbar.pyzbar"):
    sys.modules[name] = Anything(name)
sys.modules["jnius"].java_method = lambda *a, **k: (lambda f: f)
sys.modules["jnius"].PythonJavaClass = object
spec = importlib.util.spec_from_file_location("headless_window", sys.argv[2])
headless_window = importlib.util.module_from_spec(spec)
spec.loader.exec_module(headless_window)
headless_window.install()
root = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(root))
for path in sorted([*root.glob("contract/**/*.py"), *root.glob("mobile/**/*.py")]):
    name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(name)
    assert str(root) in str(module.__file__), module.__file__
    print(name)
"""


def _settings() -> configparser.SectionProxy:
    parser = configparser.ConfigParser()
    parser.read(SPEC, encoding="utf-8")
    return parser["app"]


def _requirements() -> list[str]:
    return [name.split("==")[0].strip() for name in _settings()["requirements"].split(",")]


def _check(spec: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from buildozer import Buildozer; Buildozer(sys.argv[1]).check_configuration_tokens()"
    return subprocess.run(
        [sys.executable, "-c", code, str(spec)], cwd=spec.parent, capture_output=True, text=True, timeout=120, check=False
    )


def test_buildozer_accepts_the_settings(tmp_path: Path) -> None:
    spec = tmp_path / "mobile" / "buildozer.spec"
    spec.parent.mkdir()
    spec.write_text(SPEC.read_text(encoding="utf-8"), encoding="utf-8")
    stage(tmp_path / "build" / "android")
    done = _check(spec)
    assert done.returncode == 0, done.stdout + done.stderr


def test_buildozer_refuses_settings_without_a_title(tmp_path: Path) -> None:
    spec = tmp_path / "buildozer.spec"
    spec.write_text(SPEC.read_text(encoding="utf-8").replace("title = Outpost\n", ""), encoding="utf-8")
    assert _check(spec).returncode != 0


def _resolved(*requirements: str) -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _RESOLVE, *requirements], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_every_requirement_is_a_recipe_or_pure_python() -> None:
    found = _resolved(*_requirements())
    assert found["bootstrap"] == "sdl2"
    with_machine_code = {"kivy", "cryptography", "msgspec", "argon2-cffi", "sqlite3", "pyjnius", "libzbar", "openssl"}
    assert with_machine_code <= set(found["recipes"])
    assert set(found["pure"]) <= {"chardet", *_names_without_code(found["pure"])}


def _names_without_code(names: list[str]) -> set[str]:
    """Those of which the wheel installed here says that it holds no machine code."""
    from importlib.metadata import PackageNotFoundError, distribution

    pure = set()
    for name in names:
        try:
            wheel = distribution(name).read_text("WHEEL") or ""
        except PackageNotFoundError:
            continue
        if "none-any" in wheel:
            pure.add(name)
    return pure


def _imported_by(folder: Path) -> set[str]:
    names = set()
    for path in folder.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"contract", "mobile"}


def test_everything_the_package_imports_is_required(tmp_path: Path) -> None:
    owners = packages_distributions()
    staged = stage(tmp_path / "android")
    needed = {ONLY_THERE.get(name) or owners[name][0].lower() for name in _imported_by(staged)}
    # uuid6 is for Pythons before 3.14, and python-for-android builds 3.14
    assert needed - {"uuid6"} - {name.lower() for name in _requirements()} == set()


def test_the_package_holds_no_desk_only_file_and_every_data_file(tmp_path: Path) -> None:
    staged = stage(tmp_path / "android")
    names = {str(path.relative_to(staged)) for path in staged.glob("**/*") if path.is_file()}
    assert not [name for name in names if name.endswith(("desktop_qr.py", "fake.py"))]
    packed = {f".{ending}" for ending in _settings()["source.include_exts"].split(",")}
    left_out = {name for name in names if Path(name).suffix not in packed and not name.endswith(("README.md", "py.typed"))}
    assert left_out == set()
    assert {"main.py", "mobile/ui/fonts/icons.ttf", "contract/messages/zh.toml", "mobile/ui/screens/today.kv"} <= names


def test_every_module_of_the_package_imports_where_there_is_only_android(tmp_path: Path) -> None:
    staged = stage(tmp_path / "android")
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL, str(staged), str(ROOT / "tests/ui/headless_window.py")],
        cwd=staged,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert {"mobile.devices.android", "mobile.background", "mobile.ui.app"} <= set(done.stdout.split())


@pytest.mark.parametrize("permission", ["INTERNET", "ACCESS_FINE_LOCATION", "CAMERA", "VIBRATE"])
def test_the_app_may_do_what_it_does(permission: str) -> None:
    assert f"android.permission.{permission}" in _settings()["android.permissions"]
