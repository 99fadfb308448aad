"""`veragym doctor`: every symptom is there, each has a remedy, broken things are borne."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from veragym.cli import app, doctor
from veragym.sandbox.cgroup import CgroupSupport


def test_the_report_covers_extras_sandboxes_programs_and_compute() -> None:
    result = CliRunner().invoke(app, ["doctor", "--json"])
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["healthy"] is True
    found = {(s["group"], s["name"]) for s in report["symptoms"]}
    for name in ("train", "llm", "vllm", "sb3", "gui", "search", "ray", "mcp", "serve", "docker"):
        assert ("extras", name) in found
    for name in ("bubblewrap", "user namespaces", "landlock", "control groups", "docker"):
        assert ("sandboxes", name) in found
    for name in ("node", "gcc", "chromium", "postgresql"):
        assert ("programs", name) in found
    for name in ("torch", "cores", "memory"):
        assert ("compute", name) in found
    for symptom in report["symptoms"]:
        assert symptom["present"] or symptom["remedy"]


def _program(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(f"#!{sys.executable}\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IEXEC)


def test_a_program_that_is_there_but_does_not_run_counts_as_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor._gcc()[0].detail == "not found"
    _program(tmp_path, "gcc", "import sys; sys.exit('no licence')")
    broken = doctor._gcc()[0]
    assert not broken.present
    assert "no licence" in broken.detail
    assert broken.remedy
    _program(tmp_path, "gcc", "print('gcc 99')")
    assert doctor._gcc()[0].present


def test_bubblewrap_has_to_work_and_not_only_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install bubblewrap" in doctor._bubblewrap()[0].remedy
    _program(tmp_path, "bwrap", "print('bubblewrap 99')")
    reason = "bubblewrap: no permissions to create\nnew namespaces. To get it: something"
    monkeypatch.setattr(doctor, "_why_not", lambda backend: reason)
    broken = doctor._bubblewrap()[0]
    assert (broken.present, broken.detail) == (False, "no permissions to create new namespaces.")
    assert "namespaces" in broken.remedy
    monkeypatch.setattr(doctor, "_why_not", lambda backend: "")
    assert doctor._bubblewrap()[0].present


def test_control_groups_that_cannot_be_made_come_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reason = "control groups cannot be made here (denied); run as root, or otherwise"
    monkeypatch.setattr(doctor, "_cgroups", lambda: CgroupSupport("v2", reason=reason))
    found = doctor._control_groups()[0]
    assert not found.present
    assert (found.detail, found.remedy) == (
        "control groups cannot be made here (denied)",
        "run as root, or otherwise",
    )


def test_a_broken_torch_is_reported_and_not_imported_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("import os; os.abort()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    found = doctor._torch()
    assert [s.name for s in found] == ["torch"]
    assert not found[0].present
    assert "does not load" in found[0].detail
    assert "torch" not in sys.modules


def test_a_probe_that_raises_is_a_symptom() -> None:
    def _odd_probe() -> list[doctor.Symptom]:
        raise OSError("no such device")

    symptom = doctor._guarded(_odd_probe)[0]
    assert (symptom.name, symptom.present) == ("odd probe", False)
    assert "no such device" in symptom.detail


def test_the_packages_of_an_extra_come_from_the_installed_metadata() -> None:
    assert doctor.requirements("train") == ["torch", "matplotlib"]
    assert doctor.requirements("no-such-extra") == []


def test_a_command_that_never_ends_is_given_up() -> None:
    works, said = doctor.run([sys.executable, "-c", "import time; time.sleep(60)"], timeout_s=0.3)
    assert not works
    assert "TimeoutExpired" in said
