"""What makes a quick check quick changes nothing in what it sees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gymnasium as gym

from veragym.check import policies
from veragym.check.preload import preload
from veragym.check.subject import Subject, subject_of
from veragym.check.transcript import play


def test_an_unwritten_episode_is_the_same_episode_without_its_lines() -> None:
    for env_id in ("CartPole-v1", "MathRLVR-v0"):
        env = gym.make(env_id)
        one = play(env, policies.sampled(7), seed=7)
        other = play(env, policies.sampled(7), seed=7, written=False)
        assert len(one.lines) == len(one.actions) + 1
        assert other.lines == []
        assert (one.actions, one.rewards, one.ended) == (other.actions, other.rewards, other.ended)


def test_after_loading_ahead_making_an_environment_imports_nothing_of_ours() -> None:
    code = (
        "import sys\n"
        "import gymnasium as gym\n"
        "from veragym.check.preload import preload\n"
        "from veragym.check.subject import subject_of\n"
        "preload(subject_of('MathRLVR-v0'))\n"
        "before = set(sys.modules)\n"
        "gym.make('MathRLVR-v0').reset(seed=0)\n"
        "print(sorted(n for n in set(sys.modules) - before if n.startswith('veragym.')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_strangers_module_is_never_imported_ahead(tmp_path: Path) -> None:
    (tmp_path / "a_strangers_module.py").write_text("raise SystemExit('imported')\n")
    sys.path.append(str(tmp_path))
    gym.register("Stranger-v0", "a_strangers_module:Env")
    try:
        preload(subject_of("Stranger-v0"))
        assert "a_strangers_module" not in sys.modules
        # One of ours that is not there is left to the witnesses.
        preload(Subject("Stranger-v0", dict))
        gym.register("Gone-v0", "veragym.no_such_module:Env")
        preload(subject_of("Gone-v0"))
    finally:
        sys.path.remove(str(tmp_path))
        for name in ("Stranger-v0", "Gone-v0"):
            gym.registry.pop(name, None)
