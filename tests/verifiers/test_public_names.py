"""What `veragym.verifiers` offers: every public name of its folders, documented, loaded late."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import textwrap
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

import veragym.verifiers as top
from veragym.core import Verifier
from veragym.core.lazy import lazily

FOLDERS = sorted(
    path.parent.name for path in Path(inspect.getfile(top)).parent.glob("*/__init__.py")
)
LISTS = {name: importlib.import_module(f"veragym.verifiers.{name}").__all__ for name in FOLDERS}
SEVERAL = {name for name, n in Counter(chain(*LISTS.values())).items() if n > 1}


def test_every_public_name_of_the_folders_is_to_be_had_at_the_top() -> None:
    assert {"maths", "text", "compose", "process", "compare", "judge", "proof", "program"} <= set(
        FOLDERS
    )
    for folder, names in LISTS.items():
        home = importlib.import_module(f"veragym.verifiers.{folder}")
        for name in names:
            if name not in SEVERAL:
                assert getattr(top, name) is getattr(home, name), f"{folder}.{name}"


def test_a_name_that_two_folders_have_is_left_out_and_said_to_be() -> None:
    assert sorted(SEVERAL) == ["Formula"]
    for name in SEVERAL:
        assert name not in dir(top)
        assert not hasattr(top, name)
        assert f"`{name}`" in (top.__doc__ or "")


def test_the_top_offers_nothing_that_no_folder_lists_but_its_own_modules_names() -> None:
    own = {"offers", "verify_many", "Verdicts", "Interrupted"}
    listed = set().union(*LISTS.values())
    assert set(top.__all__) == set(dir(top)) == (listed - SEVERAL) | own
    assert own.isdisjoint(listed)


def test_no_name_is_also_that_of_a_module_which_loading_would_put_in_its_place() -> None:
    modules = {path.stem for path in Path(inspect.getfile(top)).parent.iterdir()}
    assert not modules & set(top.__all__)


@pytest.mark.parametrize("name", top.__all__)
def test_every_exported_class_and_function_says_what_it_is(name: str) -> None:
    thing = getattr(top, name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        text = inspect.cleandoc(thing.__doc__ or "")
        # A dataclass without a docstring gets its own signature for one.
        assert text and not text.startswith(f"{name}("), f"{name} has no docstring"
        assert text.split("\n\n")[0].endswith((".", ":", "?")), f"{name}: an unfinished sentence"


def test_importing_the_package_loads_no_verifier_and_a_name_loads_its_home_alone() -> None:
    code = """
        import sys
        import veragym
        before = set(sys.modules)
        import veragym.verifiers as v
        print(sorted(set(sys.modules) - before - {"veragym.core.lazy"}))
        v.NumericVerifier
        print(sorted({m.split(".")[2] for m in sys.modules if m.startswith("veragym.verifiers.")}))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    first, second = done.stdout.splitlines()
    assert first == "['veragym.verifiers']"
    assert "'text'" in second
    for other in ("process", "compare", "judge", "proof", "program", "many"):
        assert f"'{other}'" not in second


@pytest.mark.parametrize("package", ["veragym.verifiers.maths", "veragym.verifiers.text"])
def test_the_lists_of_the_lazy_folders_agree(package: str) -> None:
    module = importlib.import_module(package)
    assert sorted(module.__all__) == dir(module)


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match=r"'veragym.verifiers' has no attribute 'MathsVerify'"):
        top.MathsVerify  # noqa: B018
    with pytest.raises(ImportError, match="MathsVerify"):
        from veragym.verifiers import MathsVerify  # type: ignore[attr-defined]  # noqa: F401


def test_a_name_with_two_homes_is_refused() -> None:
    with pytest.raises(ValueError, match="'loads' from both 'decoder' and 'encoder'"):
        lazily("json", {"decoder": "JSONDecoder loads", "encoder": "loads"})


def test_a_lazy_name_is_that_of_its_home_and_is_looked_up_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import json

    get, names = lazily("json", {"decoder": "JSONDecodeError", "scanner": "make_scanner c_scanner"})
    assert names() == ["JSONDecodeError", "c_scanner", "make_scanner"]
    monkeypatch.delattr(json, "make_scanner", raising=False)
    try:
        assert get("make_scanner") is json.scanner.make_scanner
        assert vars(json)["make_scanner"] is json.scanner.make_scanner
    finally:
        vars(json).pop("make_scanner", None)


def test_the_guide_lists_every_verifier_under_its_own_folder_and_no_other() -> None:
    guide = Path(__file__).parents[2] / "docs" / "verifiers.md"
    table = guide.read_text(encoding="utf-8").partition("## All verifiers")[2]
    listed: dict[str, str] = {}
    folder = ""
    for row in re.findall(r"^\| (.*?) ?\| (`.*?) \|", table, re.M):
        folder = "".join(re.findall(r"`(\w+)`", row[0])) or folder
        for name in re.findall(r"`(\w+)`", row[1]):
            assert name not in listed
            listed[name] = folder
    real = {}
    for name in top.__all__:
        thing = getattr(top, name)
        if inspect.isclass(thing) and issubclass(thing, Verifier) and not inspect.isabstract(thing):
            real[name] = thing.__module__.split(".")[2]
    assert listed == real
    assert len(real) >= 30
