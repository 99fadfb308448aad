"""The built wheel works in a fresh environment, with the registry inside and no bare shelves."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.install


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    source = out / "source"
    # A copy, so that a build folder of the source tree can neither help nor be disturbed.
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    files = names.stdout.splitlines() if names.returncode == 0 else []
    assert files, "the source tree is not a git checkout"
    for name in files:
        if not (ROOT / name).is_file():
            continue
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(out), str(source)],
        check=True,
        capture_output=True,
    )
    return next(out.glob("veragym-*.whl"))


@pytest.fixture(scope="module")
def fresh(wheel, tmp_path_factory):
    """A new virtual environment with the wheel and its base dependencies only."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home / "venv", with_pip=True)
    python = home / "venv" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel],
        check=True,
        capture_output=True,
    )

    def run(*command):
        return subprocess.run(
            [home / "venv" / "bin" / command[0], *command[1:]],
            cwd=home,
            env={k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")},
            capture_output=True,
            text=True,
        )

    return run


def test_the_wheel_holds_the_registry_and_every_shelf_under_one_name(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"veragym", next(t for t in tops if t.endswith(".dist-info"))}
    for needed in (
        "veragym/registry.yaml",
        "veragym/py.typed",
        "veragym/envs/text/maths/topics/arithmetic.py",
        "veragym/verifiers/maths/verifier.py",
        "veragym/agents/objective/presets.yaml",
    ):
        assert needed in names
    assert (
        zipfile.ZipFile(wheel).read("veragym/registry.yaml")
        == (ROOT / "registry.yaml").read_bytes()
    )
    assert not [name for name in names if "tests/" in name]


def test_an_environment_can_be_made_and_solved_there(fresh):
    done = fresh(
        "python",
        "-c",
        "import gymnasium as gym, veragym\n"
        "env = gym.make('MathRLVR-v0'); env.reset(seed=0)\n"
        "print(env.step(next(env.unwrapped.oracle()))[1])\n"
        "vec = gym.make_vec('MathRLVR-v0', num_envs=2); print(len(vec.reset(seed=0)[0]))",
    )
    assert done.stdout == "1.0\n2\n", done.stderr


def test_the_shelves_are_not_importable_by_their_bare_names(fresh):
    done = fresh(
        "python",
        "-c",
        "from importlib.util import find_spec\n"
        "print([find_spec(name) for name in ('verifiers', 'envs', 'agents')])",
    )
    assert done.stdout == "[None, None, None]\n", done.stderr


def test_a_missing_extra_is_explained(fresh):
    done = fresh("veragym", "train", "MathRLVR-v0")
    assert done.returncode != 0
    assert 'pip install "veragym[train]"' in done.stderr and "Traceback" not in done.stderr


def test_the_command_line_works_there(fresh):
    done = fresh("veragym", "list", "--json")
    assert done.returncode == 0, done.stderr
    assert "MathRLVR-v0" in json.dumps(json.loads(done.stdout))


@pytest.mark.parametrize(
    "target", ["CartPole-v1", "veragym:MathRLVR-v0", "pettingzoo.classic.tictactoe_v3"]
)
def test_the_kit_checks_there_without_any_extra(fresh, target):
    done = fresh("veragym", "check", target, "--mode", "quick", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["passed"] and len(report["findings"]) > 15


def test_the_window_library_is_installed_and_not_loaded(fresh):
    done = fresh(
        "python",
        "-c",
        "import sys, veragym, veragym.check\n"
        "from importlib.util import find_spec\n"
        "print(find_spec('pygame') is not None, 'pygame' in sys.modules)",
    )
    assert done.stdout == "True False\n", done.stderr
