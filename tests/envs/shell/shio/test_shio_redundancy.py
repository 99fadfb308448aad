"""The measure and the rewards, against values worked out by hand on executions that are given."""

from __future__ import annotations

import pytest

from veragym.core.verdict import Outcome
from veragym.envs.shell.shio.lab import Execution
from veragym.envs.shell.shio.place import place
from veragym.envs.shell.shio.redundancy import (
    assess,
    intermediate_reward,
    irreducible,
    repeated,
    runs,
    threshold_of,
)
from veragym.envs.shell.shio.verifier import verdict_of


class Given:
    """A lab that knows what commands do, and notes which were asked for."""

    def __init__(self, did, noise=()):
        self.did = did
        self.noise = noise
        self.asked = []

    def run(self, where, argv, repeat=0):
        self.asked.append((argv, repeat))
        if repeat and self.noise:
            return self.noise[repeat - 1]
        return self.did[" ".join(argv[1:])]

    def about_itself(self, utility):
        return ("usage of u\n",)


def said(text, status=0, effects=()):
    return Execution(status, text, "", tuple(effects), succeeded=status == 0)


FAILS = said("", 1)
HERE = place(0)


def test_an_argument_counts_if_output_changes_or_the_command_fails_without_it():
    lab = Given(
        {
            "-n -x f": said("1 a\n2 b\n"),
            "-x f": said("a\nb\n"),
            "-n f": said("1 a\n2 b\n"),
            "-n -x": FAILS,
            "f": said("a\nb\n"),
            "-n": FAILS,
        }
    )
    found = assess(lab, HERE, "u", ("-n", "-x", "f"))
    assert found.output_redundant == (False, True, False)
    assert found.by_output == pytest.approx(2 / 3)
    assert found.by_context == 0.0  # it changes nothing on disk
    assert found.irredundancy == pytest.approx(2 / 3)
    assert found.redundant == (1,)
    assert found.beta == pytest.approx(0.95)
    assert verdict_of(found, 2).score == pytest.approx(2 / 3)
    assert verdict_of(found, 6).score == pytest.approx(2 / 3 * 3 / 6)
    assert found.final_reward(12) == pytest.approx(3 / 12 * 2 / 3)
    assert not irreducible(lab, HERE, "u", ("-n", "-x", "f"))


def test_effects_count_where_the_output_does_not_change():
    made = ("added a: file 644 0 bytes 0",)
    both = (*made, "added b: file 644 0 bytes 0")
    lab = Given(
        {
            "a b": said("", effects=both),
            "a": said("", effects=made),
            "b": said("", effects=both[1:]),
        }
    )
    found = assess(lab, HERE, "u", ("a", "b"))
    assert (found.by_output, found.by_context, found.irredundancy) == (0.0, 1.0, 1.0)
    assert verdict_of(found, 2).outcome is Outcome.CORRECT


def test_small_changes_of_output_are_taken_for_noise_below_beta():
    text = "x" * 100
    lab = Given({"a": said(text), "": said(text[:-4])})
    assert assess(lab, HERE, "u", ("a",)).output_redundant == (True,)  # 2*96/196 = 0.979
    lab = Given({"a": said(text), "": said(text[:-20])})
    assert assess(lab, HERE, "u", ("a",)).output_redundant == (False,)  # 2*80/180 = 0.889


@pytest.mark.parametrize("status", [1, 2, 139, -1, -2])
def test_a_failure_a_timeout_and_lack_of_memory_are_worth_nothing(status):
    lab = Given({"a b": said("much", status)})
    found = assess(lab, HERE, "u", ("a", "b"))
    assert found.irredundancy == 0.0
    assert found.final_reward(12) == -1.0
    verdict = verdict_of(found, 2)
    assert verdict.score == 0.0
    assert (verdict.outcome is Outcome.TIMEOUT) == (status == -1)
    assert lab.asked == [(("u", "a", "b"), 0)]


def test_arguments_that_protect_each_other_are_found_redundant():
    # As in `sort -k 1 -k 1 f`: without any single argument the command fails.
    same = said("a\nb\n")
    lab = Given(
        {
            "-k 1 -k 1 f": same,
            "1 -k 1 f": FAILS,
            "-k -k 1 f": FAILS,
            "-k 1 1 f": FAILS,
            "-k 1 -k f": FAILS,
            "-k 1 -k 1": FAILS,
            "-k 1 f": same,
            "-k f": FAILS,
            "-k 1 -k": FAILS,
            "1 f": FAILS,
            "-k 1": FAILS,
        }
    )
    assert assess(lab, HERE, "u", ("-k", "1", "-k", "1", "f")).irredundancy == pytest.approx(1 / 5)


def test_repeating_what_stands_right_before_is_redundant():
    assert repeated("x") == [False]
    assert repeated("xxx") == [False, True, True]
    assert repeated("abab") == [False, False, True, True]
    assert repeated("abcabc") == [False, False, False, True, True, True]
    assert repeated("abca") == [False] * 4
    lab = Given({"x x": said("x x\n"), "x": said("x\n")})
    assert assess(lab, HERE, "u", ("x", "x")).irredundancy == 0.5


def test_which_runs_are_left_out_by_hand():
    assert runs(1) == [(0, 1)]
    assert runs(2) == [(0, 1), (1, 2)]
    assert runs(3) == [(0, 1), (1, 2), (2, 3), (0, 2), (1, 3)]
    assert runs(5)[-3:] == [(0, 3), (1, 4), (2, 5)]


def test_what_a_utility_says_about_itself_is_worth_nothing():
    lab = Given({"--help": said("usage of u\n"), "": said("")})
    found = assess(lab, HERE, "u", ("--help",))
    assert found.itself
    assert verdict_of(found, 2).score == 0.0


def test_beta_by_hand():
    assert threshold_of(["same"] * 5) == pytest.approx(0.95)
    # Two outputs: one likeness, no spread. 2*3/8 = 0.75.
    assert threshold_of(["abcd", "abcx"]) == pytest.approx(0.70)
    # Likenesses 1, 0.75, 0.75: mean 0.8333, sample deviation 0.1443.
    assert threshold_of(["abcd", "abcd", "abcx"]) == pytest.approx(
        0.83333 - 0.28868 - 0.05, abs=1e-4
    )
    assert threshold_of(["ab", "cd"]) == 0.2


def test_noise_lowers_beta_and_is_looked_for_five_times_at_most():
    noise = [said("abcx"), said("abcd"), said("abcd"), said("abcd")]
    lab = Given({"a": said("abcd"), "": said("abxx")}, noise)
    found = assess(lab, HERE, "u", ("a",))
    assert [r for _, r in lab.asked if r] == [1, 2, 3, 4]
    # Four of ten pairs are 0.75 alike, the rest equal: mean 0.9, deviation 0.12910.
    assert found.beta == pytest.approx(0.9 - 2 * 0.129099 - 0.05, abs=1e-5)
    quiet = Given({"a": said("abcd"), "": said("abxx")})
    assess(quiet, HERE, "u", ("a",))
    assert [r for _, r in quiet.asked if r] == [1]


def test_intermediate_rewards_by_hand():
    assert intermediate_reward(0.0, 1.0, 12) == pytest.approx(1 / 12)
    assert intermediate_reward(1.0, 1.0, 12) == pytest.approx(1 / 12)
    assert intermediate_reward(1.0, 0.5, 12) == pytest.approx(-0.5 / 12)
    assert intermediate_reward(0.5, 0.5, 12) == 0.0
