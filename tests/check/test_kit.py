"""The parts of the conformance kit, each on its own."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import planted
import planted_grid
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.check import Finding, Plan, Report, check, policies
from veragym.check.clock import SHIFT_S, shifted
from veragym.check.finding import bad, not_applicable, ok
from veragym.check.isolation import Failure, Printed, isolated
from veragym.check.network import connections, is_local
from veragym.check.subject import Spelling, build, spelling_of, subject_of
from veragym.check.transcript import first_difference, plain, play
from veragym.check.transcript import line as line_of
from veragym.check.witnesses.decoys import mutants
from veragym.check.witnesses.episodes import drifted
from veragym.check.witnesses.floors import agents, numbers
from veragym.check.witnesses.masks import mask_of
from veragym.check.witnesses.returns import stalling, success_of
from veragym.check.witnesses.splits import aligned
from veragym.core import OptionError, Task
from veragym.core.verdict import correct

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_plain_keeps_json_values_as_they_are_and_copies_containers(value: Any) -> None:
    again = plain(value)
    assert json.loads(json.dumps(again)) == json.loads(json.dumps(_finite(value)))
    if isinstance(value, (list, dict)):
        assert again is not value


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if np.isfinite(value) else repr(value)
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return value


def test_plain_tells_apart_what_looks_alike_and_hides_addresses() -> None:
    assert plain(np.float32(1)) != plain(np.float64(1))
    assert plain(np.zeros(2)) != plain(np.zeros((2, 1)))
    assert plain(float("nan")) == "nan"
    assert plain({3, 1, 2}) == {"set": [1, 2, 3]}
    assert plain(object()) == plain(object()) == "<object object>"
    assert plain(correct("so it is"))["outcome"] == "correct"
    assert line_of(a=np.int64(3)) == '{"a": {"dtype": "int64", "data": 3}}'


def test_the_first_difference_names_the_line_and_shows_both_sides() -> None:
    assert first_difference(["a", "b"], ["a", "b"]) is None
    assert first_difference(["a", "bc"], ["a", "bd"]) == {"line": 1, "one": "bc", "other": "bd"}
    assert first_difference(["a"], ["a", "b"]) == {"line": 1, "one": 1, "other": 2}


def test_the_shifted_clock_moves_the_time_and_keeps_durations() -> None:
    real, tick = time.time(), time.monotonic()
    with shifted():
        assert abs(time.time() - real - SHIFT_S) < 5
        assert abs(time.monotonic() - tick - SHIFT_S) < 5
        start = time.perf_counter()
        assert 0 <= time.perf_counter() - start < 5
        assert time.time_ns() / 1e9 - real > SHIFT_S - 5
        moved = datetime.datetime.now() - datetime.datetime.fromtimestamp(real)
        assert abs(moved.total_seconds() - SHIFT_S) < 5
        assert time.localtime() > time.localtime(real)
    assert abs(time.time() - real) < 5


# -- isolation -----------------------------------------------------------------------------------


def _run(work: Any, limit_s: float = 20.0) -> list[Any]:
    return list(isolated(work, limit_s))


def test_findings_come_back_from_the_child_in_order() -> None:
    def work() -> Iterator[Finding]:
        yield ok("one", "first", pid=os.getpid())
        yield not_applicable("two", "second")

    one, two = _run(work)
    assert one.evidence["pid"] != os.getpid()
    assert two == Finding("two", None, "second")


def test_what_was_found_before_a_crash_is_kept_and_the_crash_is_named() -> None:
    def raises() -> Iterator[Finding]:
        yield ok("one", "first")
        raise KeyError("lost")

    def leaves() -> Iterator[Finding]:
        yield ok("one", "first")
        os._exit(7)

    for work, word in ((raises, "KeyError: 'lost'"), (leaves, "status 7")):
        found, failure = _run(work)
        assert found.name == "one"
        assert isinstance(failure, Failure)
        assert word in failure.verdict


def test_a_hang_is_cut_short_and_its_processes_are_killed(tmp_path: Any) -> None:
    note = tmp_path / "pid"

    def work() -> Iterator[Finding]:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        note.write_text(str(child.pid))
        yield ok("one", "first")
        while True:
            time.sleep(1)

    found = _run(work, limit_s=1.0)
    assert isinstance(found[1], Failure)
    assert "no end after 1 s" in found[1].verdict
    assert _is_gone(int(note.read_text()))


def test_a_child_that_takes_too_much_memory_is_killed() -> None:
    def work() -> Iterator[Finding]:
        yield ok("one", "first")
        hoard = []
        while True:
            hoard.append(np.ones(4 << 20, np.uint8))
            time.sleep(0.01)

    found = list(isolated(work, 60.0, most_memory=400 << 20))
    assert isinstance(found[1], Failure)
    assert found[1].verdict == "more than 400 MiB of memory were taken"


def test_a_child_that_prints_without_end_is_killed() -> None:
    def work() -> Iterator[Finding]:
        yield ok("one", "first")
        while True:
            os.write(1, b"x" * (1 << 20))

    found = _run(work, limit_s=60.0)
    assert isinstance(found[1], Failure)
    assert "were printed" in found[1].verdict


def _is_gone(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_output_is_caught_whoever_writes_it() -> None:
    def work() -> Iterator[Finding]:
        print("from Python")
        os.write(2, b"from below\n")
        subprocess.run(["echo", "from a child"], check=True)
        yield ok("one", "first")

    printed = _run(work)[-1]
    assert isinstance(printed, Printed)
    for text in ("from Python", "from below", "from a child"):
        assert text in printed.text


# -- subjects ------------------------------------------------------------------------------------


def test_a_subject_can_be_built_again_from_its_recipe() -> None:
    for target, kwargs in (
        ("MathRLVR-v0", {"split": "test"}),
        ("veragym:MathRLVR-v0", {}),
        (planted.Sums, {"difficulty": 0.5}),
    ):
        subject = subject_of(target, kwargs=kwargs)
        again = build(json.loads(json.dumps(subject.recipe)))
        one, other = (
            play(s.make(), policies.constant("x"), seed=5).lines for s in (subject, again)
        )
        assert one == other


def test_what_cannot_be_built_elsewhere_says_why() -> None:
    assert "top level" in subject_of(lambda: planted.Sums()).recipe
    typed: dict[str, Any] = {"__name__": "__main__"}
    exec(compile("def made(**options): ...", "<stdin>", "exec"), typed)
    assert "interactive" in subject_of(typed["made"]).recipe
    assert "plain data" in subject_of(planted.Sums, kwargs={"budget": {1: object()}}).recipe
    with pytest.raises(OptionError, match="got int"):
        subject_of(3)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="seeds must be at least 1"):
        Plan(seeds=0)


def test_the_spelling_of_answers_is_learnt_from_the_environment() -> None:
    env = gym.make("MathRLVR-v0")
    env.reset(seed=0)
    assert spelling_of(env) == Spelling("\\boxed{", "}")
    assert spelling_of(planted.Climb()) == Spelling("", "")


# -- agents that solve nothing, mutants, streams ---------------------------------------------------


def test_numbers_are_read_from_a_prompt() -> None:
    assert numbers("From -3 to 1/2, or 4.5, take 10 steps.") == ["-3", "1/2", "4.5", "10"]


def test_agents_copy_from_the_prompt_and_say_the_commonest_answers() -> None:
    found = agents(["17", "4"], Spelling("<", ">"))
    prompt = 'Of 8, 30 and -5, call the "middle" one.'
    assert found["the first number of the prompt"](prompt) == "<8>"
    assert found["the largest number of the prompt"](prompt) == "<30>"
    assert found["the smallest number of the prompt"](prompt) == "<-5>"
    assert found["the last number of the prompt"](prompt) == "<-5>"
    assert found["the first quotation of the prompt"](prompt) == "<middle>"
    assert found["the third quotation of the prompt"](prompt) == "<>"
    assert found["always '<17>'"](prompt) == "<17>"
    assert found["always '<17, 4>'"](prompt) == "<17, 4>"
    assert found["always ''"](prompt) == ""


@given(st.integers(-(10**12), 10**12))
def test_no_mutant_of_an_integer_is_that_integer(gold: int) -> None:
    for action in mutants(str(gold), Spelling("\\boxed{", "}")).values():
        assert planted.read(action) != gold


def test_streams_are_compared_at_every_shift() -> None:
    assert aligned("abcdef", "bcdefg", 1) == 1.0
    assert aligned("abcdef", "bcdefg", 0) == 0.0
    assert aligned("abcdef", "zabcde", -1) == 1.0
    assert aligned("ab", "ab", 5) == 0.0


# -- policies and reports --------------------------------------------------------------------------


def test_an_oracle_that_stops_too_early_is_told_from_one_that_fails() -> None:
    with pytest.raises(policies.OracleRanDry, match="had not ended"):
        play(planted.OracleStops(), policies.oracle(), seed=0)
    episode = play(planted.Climb(), policies.oracle(), seed=0)
    assert episode.terminated
    assert episode.score == 1.0
    assert episode.actions[-1] == "stop"


def test_sampled_actions_depend_on_the_seed_alone() -> None:
    one, other = planted.Walk(), planted.Walk()
    first = play(one, policies.sampled(4), seed=1).actions
    one.action_space.sample()
    assert play(other, policies.sampled(4), seed=1).actions == first
    assert play(other, policies.sampled(5), seed=1).actions != first


def test_a_report_passes_only_if_nothing_failed_and_something_passed() -> None:
    good, none, fault = ok("a.b", "yes"), not_applicable("a.c", "no"), bad("a.d", "no", "mend", x=1)
    assert Report("X", 1, (good, none)).passed
    assert not Report("X", 1, (none,)).passed
    assert not Report("X", 1, (good, fault)).passed
    assert Report("X", 1, (good, fault)).failures == (fault,)
    assert json.loads(json.dumps(Report("X", 1, (good, fault)).to_json()))["passed"] is False


def test_long_evidence_is_shortened() -> None:
    shown = bad("a", "b", "c", text="x" * 10_000).evidence["text"]
    assert len(shown) < 2100
    assert shown.endswith("(10,000 characters)")


def test_a_task_can_be_recovered_from_a_transcript() -> None:
    episode = play(planted.Sums(), policies.constant("1"), seed=3)
    recorded = json.loads(episode.lines[0])["task"]
    assert Task.from_json(recorded).prompt == episode.observations[0].splitlines()[0]


def test_contacted_hosts_are_noted_and_this_machine_is_not() -> None:
    with connections() as found:
        for address in (("192.0.2.7", 9), ("127.0.0.1", 9)):
            with contextlib.suppress(OSError), socket.socket() as line:
                line.setblocking(False)
                line.connect(address)
    assert found == ["192.0.2.7"]
    with contextlib.suppress(OSError), socket.socket() as line:
        line.setblocking(False)
        line.connect(("192.0.2.8", 9))
    assert found == ["192.0.2.7"]
    assert is_local("::1")
    assert not is_local("example.org")


def test_a_script_that_checks_without_the_main_guard_is_told_so(tmp_path):
    script = tmp_path / "careless.py"
    script.write_text(
        "import gymnasium as gym\n"
        "from veragym.check import check\n"
        "class Still(gym.Env):\n"
        "    observation_space = action_space = gym.spaces.Discrete(2)\n"
        "    def reset(self, *, seed=None, options=None):\n"
        "        super().reset(seed=seed)\n"
        "        return 0, {}\n"
        "    def step(self, action):\n"
        "        return 0, 0.0, True, False, {}\n"
        "report = check(Still, seeds=3, witnesses=['determinism'])\n"
        "print([f.verdict for f in report.findings if 'process' in f.name])\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert "if __name__ == '__main__'" in done.stdout, done.stdout + done.stderr


# -- what the witnesses of single environments are made of -----------------------------------------


def test_a_dtype_that_can_be_cast_is_still_a_drift() -> None:
    space = gym.spaces.Box(-1, 1, (2,), np.float32)
    assert drifted(space, np.zeros(2, np.float32)) is None
    half = np.zeros(2, np.float16)
    assert space.contains(half)
    assert drifted(space, half) == (
        "the observation is a float16 array, and its space declares float32"
    )
    parts = gym.spaces.Dict({"a": gym.spaces.Tuple((space, gym.spaces.Discrete(3)))})
    assert drifted(parts, {"a": (np.zeros(2, np.float32), 1)}) is None
    assert "the observation['a'][0] is a float16" in str(drifted(parts, {"a": (half, 1)}))
    assert drifted(gym.spaces.Discrete(3), np.int64(1)) is None


def test_time_passes_between_calls_only_where_the_clock_is_advanced() -> None:
    with shifted() as clock:
        start, start_ns = time.monotonic(), time.time_ns()
        clock.advance(500.0)
        assert 500 <= time.monotonic() - start < 505
        assert 500e9 <= time.time_ns() - start_ns < 505e9
    real = time.time()
    with shifted():
        assert abs(time.time() - real - SHIFT_S) < 5  # it begins anew


def test_a_mask_is_taken_from_the_method_or_from_info() -> None:
    grid = planted_grid.Grid()
    _, info = grid.reset(seed=0)
    assert np.array_equal(mask_of(grid, {}), info["action_mask"])
    taxi = gym.make("Taxi-v4")  # its method asks for a state
    _, info = taxi.reset(seed=0)
    assert np.array_equal(mask_of(taxi, info), info["action_mask"])
    assert mask_of(taxi, {}) is None
    assert mask_of(gym.make("Pendulum-v1"), {"action_mask": [1]}) is None


def test_what_success_pays_is_asked_of_the_oracle_or_the_threshold() -> None:
    plan = Plan(seeds=4)
    assert success_of(planted.Sums(), 4, plan)[0] == 1.0
    assert success_of(planted_grid.Grid(), 4, plan) == (1.0, "its oracle's worst return")
    assert success_of(gym.make("CartPole-v1"), 4, plan) == (475.0, "its reward_threshold")
    assert success_of(planted.Walk(), 4, plan)[0] is None


def test_the_stalling_agent_goes_the_oracles_way_but_not_to_its_end() -> None:
    grid = planted_grid.Grid()
    for seed in range(20):
        grid.reset(seed=seed)
        way = grid.way()
        if len(way) > 2:
            break
    act = stalling(2)
    actions = [act(grid, None, turn) for turn in range(len(way) + 4)]
    assert actions[: len(way) - 1] == way[:-1]
    assert actions[len(way) - 1 :] == (way[-3:-1] * 3)[:5]


def test_an_episode_that_differs_in_a_crowd_is_named_with_its_seed() -> None:
    report = check(planted_grid.ScratchSpace, seeds=12, witnesses=["crowd"])
    (finding,) = report.failures
    assert set(finding.evidence) >= {"seed", "agent", "difference"}
