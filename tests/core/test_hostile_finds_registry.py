"""Regression tests for registry files whose faults came out as another exception, or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from veragym.core import RegistryError
from veragym.registry import load_file

GOOD = "- id: A-v0\n  family: text\n  summary: s\n  entry_point: a.b:C\n"


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01",
        b"\xff\xfe\xff",
        GOOD.replace("summary: s", "summary: 2020-99-99").encode(),
        (GOOD + "  difficulty: {0.0: " + "[" * 3_000 + "]" * 3_000 + "}\n").encode(),
        GOOD.replace("A-v0", '"A-v0\\n"').encode(),
        GOOD.replace("a.b:C", "a..b:C").encode(),
        (GOOD + "  kwargs: {1: 2}\n").encode(),
        (GOOD + "  kwargs: {'two words': 2}\n").encode(),
        (GOOD + "  difficulty: {true: a}\n").encode(),
        (GOOD + '  seeds: ["A17\\n"]\n').encode(),
    ],
    ids=[
        "control characters", "no utf-8", "no date", "deep", "newline in id", "two dots",
        "number as argument", "no name as argument", "truth as difficulty", "newline in code",
    ],
)  # fmt: skip
def test_every_fault_of_a_registry_file_is_a_registry_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "registry.yaml"
    file.write_bytes(content)
    with pytest.raises(RegistryError, match="registry.yaml"):
        load_file(file)
    file.write_text(GOOD)
    assert [entry.id for entry in load_file(file)] == ["A-v0"]


def test_a_plug_in_that_breaks_in_any_way_takes_nothing_else_away(tmp_path: Path) -> None:
    for name, code in (("broken_one", "1 / 0"), ("broken_two", "")):
        package = tmp_path / name
        (package / "inner").mkdir(parents=True)
        (package / "__init__.py").write_text(code)
        (package / "inner" / "__init__.py").write_text("")
        (package / "inner" / "registry.yaml").write_bytes(b"\x00")
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[veragym.registries]\n{name} = {name}.inner\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import warnings\n"
        "with warnings.catch_warnings(record=True) as heard:\n"
        "    warnings.simplefilter('always'); import veragym\n"
        "print(len(veragym.entries()) > 0, sum('left out' in str(w.message) for w in heard))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "True 2\n", done.stderr
