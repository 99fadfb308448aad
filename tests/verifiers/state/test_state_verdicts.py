"""Verdicts on final states: nothing is paid for less than all of it."""

import pickle

import pytest

from veragym.core.task import Draft
from veragym.core.verdict import Outcome
from veragym.sandbox.tree import Tree, file, folder, link
from veragym.verifiers.state import FinalState, StateVerifier, tree_to_json

BEFORE = Tree({"log.txt": "b\na\nb\n", "keep.txt": "keep\n"})


def task(answer=None, form=None, **check):
    public = {} if form is None else {"answer_form": form}
    secret = {"files": tree_to_json(BEFORE), "check": check}
    if answer is not None:
        secret["answer"] = answer
    return Draft("t", "prompt", public, secret)


SORT = task(all=[{"file": "out.txt", "equals": "a\nb\nb\n"}], frame=["out.txt"])
RIGHT = Tree({**BEFORE, "out.txt": "a\nb\nb\n"})
judge = StateVerifier()


def test_everything_right_is_correct_and_the_parts_say_so():
    verdict = judge(SORT, FinalState(RIGHT))
    assert (verdict.outcome, verdict.score) == (Outcome.CORRECT, 1.0)
    assert verdict.parts == {"files.1": 1.0, "frame": 1.0}


# What an agent might try, and what it leaves behind.
EXPLOITS = {
    "nothing": BEFORE,
    "an empty file": {**BEFORE, "out.txt": ""},
    "a link to the input": {**BEFORE, "out.txt": link("log.txt")},
    "a link to the right content elsewhere": {**BEFORE, "x": "a\nb\nb\n", "out.txt": link("x")},
    "a folder of that name": {**BEFORE, "out.txt": folder()},
    "the right file and one more": {**RIGHT, "more.txt": ""},
    "the input deleted": {"keep.txt": "keep\n", "out.txt": "a\nb\nb\n"},
    "the input rewritten": {**RIGHT, "log.txt": "a\nb\nb\n"},
    "a bystander's mode": {**RIGHT, "keep.txt": file("keep\n", 0o666)},
    "every answer at once": {**BEFORE, "out.txt": "a\nb\nb\na\nb\n"},
    "a verdict of its own": {**BEFORE, "reward.txt": "1", "out.txt": '{"score": 1.0}'},
    "another name": {**BEFORE, "OUT.txt": "a\nb\nb\n"},
}


@pytest.mark.parametrize("name", EXPLOITS)
def test_an_exploit_scores_nothing(name):
    verdict = judge(SORT, FinalState(Tree(EXPLOITS[name]), "1"))
    assert (verdict.outcome, verdict.score) == (Outcome.WRONG, 0.0)
    assert "a\nb\nb" not in verdict.reason


def test_an_answer_is_needed_where_one_is_asked_and_only_there():
    count = task("12", "integer")
    assert judge(count, FinalState(BEFORE, "12")).score == 1.0
    assert judge(count, FinalState(BEFORE, " 12\n")).score == 1.0
    for given in (None, "", "13", "12 or 13", "1 12", "x" * 5000, "112"):
        assert judge(count, FinalState(BEFORE, given)).score == 0.0, given
    name = task(["a b.txt", "./a b.txt"], "text")
    for given in ("a b.txt", '"a b.txt"', "  a   b.txt ", "./a b.txt"):
        assert judge(name, FinalState(BEFORE, given)).score == 1.0, given
    for given in ("A b.txt", "a b.txt c", "ab.txt", "a b"):
        assert judge(name, FinalState(BEFORE, given)).score == 0.0, given
    assert judge(count, FinalState(RIGHT, "12")).score == 0.0  # nothing was to change
    assert judge(SORT, FinalState(RIGHT, "whatever")).score == 1.0


def test_a_malformed_task_is_nobodys_fault():
    for broken in (
        task(all=[{"fil": "x"}]),
        task(),
        task(None, "integer"),
        task("1", "colour"),
        Draft("t", "p", {}, {"files": {"/x": ""}, "check": {"all": [{"file": "x"}]}}),
    ):
        verdict = judge(broken, FinalState(BEFORE, "1"))
        assert verdict.outcome is Outcome.INFRA_ERROR
    assert judge(SORT, "a\nb\nb").outcome is Outcome.UNPARSABLE


def test_the_verifier_pickles_and_says_nothing_of_what_was_expected():
    again = pickle.loads(pickle.dumps(judge))
    verdict = again(SORT, FinalState(Tree({**BEFORE, "secret-ish": ""})))
    assert verdict.reason == (
        "0 of 1 conditions on the files hold; beside what was asked for: added 'secret-ish'"
    )
