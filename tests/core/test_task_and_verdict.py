"""Tasks and verdicts are frozen, coherent and survive JSON."""

import dataclasses
import pickle

import pytest

from veragym.core import OptionError, Outcome, Task, Verdict
from veragym.core.verdict import correct, graded, infra_error, timeout, unparsable, wrong

TASK = Task(
    "X-v0:train:0:0:ab",
    "X-v0",
    0,
    "train",
    0.5,
    "1+1?",
    {"form": {"kind": "integer"}},
    {"answer": "2"},
    "ab" * 16,
)


def test_a_task_survives_json_and_pickle():
    assert Task.loads(TASK.dumps()) == TASK
    assert pickle.loads(pickle.dumps(TASK)) == TASK


def test_a_task_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TASK.prompt = "other"


def test_the_public_view_has_no_secret_and_cannot_change_the_task():
    view = TASK.public_view()
    assert "secret" not in view and "answer" not in view
    view["form"]["kind"] = "text"
    assert TASK.public["form"]["kind"] == "integer"


def test_a_dict_that_is_no_task_is_refused_with_its_fields_named():
    with pytest.raises(
        OptionError, match=r"missing fields .*'content_hash'.*unknown fields \['x'\]"
    ):
        Task.from_json({"id": "a", "x": 1})


@pytest.mark.parametrize(
    ("outcome", "score"),
    [
        (Outcome.CORRECT, 0.9),
        (Outcome.CORRECT, 0.0),
        (Outcome.PARTIAL, 0.0),
        (Outcome.PARTIAL, 1.0),
        (Outcome.WRONG, 0.1),
        (Outcome.UNPARSABLE, 1.0),
        (Outcome.TIMEOUT, 0.5),
        (Outcome.INFRA_ERROR, 1.0),
        (Outcome.PARTIAL, float("nan")),
        ("correct-ish", 1.0),
    ],
)
def test_a_score_that_contradicts_its_outcome_is_refused(outcome, score):
    with pytest.raises(ValueError):
        Verdict(outcome, score)


def test_parts_must_be_finite():
    with pytest.raises(ValueError, match="part 'length'"):
        Verdict(Outcome.CORRECT, 1.0, {"length": float("inf")})


def test_only_an_infrastructure_error_is_unscored():
    verdicts = [correct(), wrong("r"), unparsable("r"), timeout("r"), graded(0.5, "r")]
    assert all(v.scored for v in verdicts)
    assert not infra_error("r").scored


def test_a_verdict_survives_json():
    verdict = Verdict(Outcome.PARTIAL, 0.25, {"a": 0.5}, "half", {"got": [1]})
    assert Verdict.from_json(verdict.to_json()) == verdict
    assert pickle.loads(pickle.dumps(verdict)) == verdict


def test_graded_picks_the_outcome():
    assert graded(1, "").outcome is Outcome.CORRECT
    assert graded(0, "").outcome is Outcome.WRONG
    assert graded(0.5, "").outcome is Outcome.PARTIAL
