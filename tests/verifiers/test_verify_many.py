"""`verify_many`: order changes nothing, failures are masked, threads agree with the loop."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.core import Draft, OptionError, Outcome, Verdict, Verifier
from veragym.core.verdict import correct, graded, infra_error, timeout, unparsable, wrong
from veragym.verifiers import Interrupted, MathVerifier, Verdicts, WeightedSum, verify_many
from veragym.verifiers.many import BATCH, STEPS


class Echo(Verifier):
    """Right if the response is the gold; 'crash' breaks it, 'none' makes it return nothing."""

    def verify(self, task: Any, response: Any) -> Verdict:
        if response == "crash":
            raise RuntimeError("broken")
        if response == "none":
            return None  # type: ignore[return-value]
        if response == "half":
            return graded(0.5, "half")
        return correct() if response == task.secret["answer"] else wrong("another")


class Batched(Echo):
    """Judges batches itself, and breaks on a batch with a 'crash' in it."""

    def verify_many(self, tasks: Sequence[Any], responses: Sequence[Any]) -> list[Verdict]:
        return [self.verify(task, response) for task, response in zip(tasks, responses)]


class Short(Echo):
    """Its batches lose a row."""

    def verify_many(self, tasks: Sequence[Any], responses: Sequence[Any]) -> list[Verdict]:
        return super().verify_many(tasks, responses)[1:]


def tasks(answers: Sequence[str]) -> list[Draft]:
    return [Draft(a, a, {}, {"answer": a}) for a in answers]


ROWS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["a", "b", "crash", "none", "half"])),
    max_size=150,
)


@given(rows=ROWS, data=st.data())
def test_neither_order_nor_grouping_nor_threads_change_a_verdict(
    rows: list[tuple[str, str]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(rows))))
    golds, said = [gold for gold, _ in rows], [response for _, response in rows]
    verifier = data.draw(st.sampled_from([Echo(), Batched(), Short()]))
    workers = data.draw(st.sampled_from([None, 1, 3]))
    alone = [Echo()(task, response) for task, response in zip(tasks(golds), said)]
    found = verify_many(
        verifier,
        tasks([golds[i] for i in order]),
        [said[i] for i in order],
        workers=workers,
    )
    for place, i in enumerate(order):
        assert (found[place].outcome, found[place].score) == (alone[i].outcome, alone[i].score)


def test_rows_that_break_the_verifier_are_masked_and_never_scored() -> None:
    said = ["a", "crash", "b", "none", "half"]
    found = verify_many(Echo(), tasks(["a"] * 5), said)
    assert found.counts == {
        Outcome.CORRECT: 1,
        Outcome.PARTIAL: 1,
        Outcome.WRONG: 1,
        Outcome.UNPARSABLE: 0,
        Outcome.TIMEOUT: 0,
        Outcome.INFRA_ERROR: 2,
    }
    assert np.array_equal(found.scores, [1.0, np.nan, 0.0, np.nan, 0.5], equal_nan=True)
    assert found.scored.tolist() == [True, False, True, False, True]
    assert (found.mean, found.masked) == (0.5, 2)
    assert "RuntimeError" in found[1].reason
    assert "returned a NoneType" in found[3].reason


def test_one_bad_row_does_not_cost_the_rest_of_its_batch_a_verdict() -> None:
    said = ["a"] * 100
    said[37] = "crash"
    found = verify_many(Batched(), tasks(["a"] * 100), said)
    assert found.counts[Outcome.CORRECT] == 99
    assert not found[37].scored


def test_a_batch_that_comes_back_short_is_judged_row_by_row() -> None:
    said = ["a", "b"] * 50
    found = verify_many(Short(), tasks(["a"] * 100), said)
    assert found.scores.tolist() == [1.0, 0.0] * 50


def test_a_verifier_that_batches_is_given_batches() -> None:
    sizes: list[int] = []

    class Counting(Batched):
        def verify_many(self, tasks: Sequence[Any], responses: Sequence[Any]) -> list[Verdict]:
            sizes.append(len(tasks))
            return super().verify_many(tasks, responses)

    verify_many(Counting(), tasks(["a"] * 200), ["a"] * 200)
    assert sum(sizes) == 200
    assert max(sizes) == BATCH > 1
    assert len(sizes) == -(-200 // BATCH)


@pytest.mark.parametrize("workers", [None, 1, 2, 7])
@pytest.mark.parametrize("total", [0, 1, 5, 300])
def test_progress_only_grows_and_ends_at_the_total(workers: int | None, total: int) -> None:
    seen: list[tuple[int, int]] = []
    here = threading.get_ident()

    def report(done: int, of: int) -> None:
        assert threading.get_ident() == here
        seen.append((done, of))

    verify_many(Echo(), tasks(["a"] * total), ["a"] * total, progress=report, workers=workers)
    assert seen == sorted(set(seen))
    assert all(of == total for _, of in seen)
    assert [done for done, _ in seen[-1:]] == ([total] if total else [])


def test_progress_of_many_rows_is_not_reported_for_each() -> None:
    seen: list[int] = []
    n = 5 * STEPS + 3
    verify_many(Echo(), tasks(["a"]) * n, ["a"] * n, progress=lambda done, total: seen.append(done))
    assert len(seen) <= STEPS + 1
    assert seen[-1] == n


def test_threads_really_judge_at_the_same_time() -> None:
    barrier = threading.Barrier(4, timeout=30)

    class Meets(Verifier):
        """Right only when four rows are being judged at once."""

        def verify(self, task: Any, response: Any) -> Verdict:
            barrier.wait()
            return correct()

    found = verify_many(Meets(), tasks(["a"] * 8), ["a"] * 8, workers=4)
    assert found.counts[Outcome.CORRECT] == 8


@dataclass
class Stops(Echo):
    """Ctrl-C arrives while the row 'stop' is judged."""

    seen: list[str] = field(default_factory=list)

    def verify(self, task: Any, response: Any) -> Verdict:
        self.seen.append(response)
        if response == "stop":
            raise KeyboardInterrupt
        return super().verify(task, response)


@pytest.mark.parametrize("workers", [None, 2])
def test_an_interruption_keeps_what_was_done_and_masks_the_rest(workers: int | None) -> None:
    said = ["a"] * 30 + ["stop"] + ["a"] * 3000
    verifier = Stops()
    with pytest.raises(Interrupted) as caught:
        verify_many(verifier, tasks(["a"] * len(said)), said, workers=workers)
    partial = caught.value
    assert isinstance(partial, KeyboardInterrupt)
    assert len(partial.verdicts) == len(said)
    assert np.array_equal(partial.verdicts.scored, partial.done)
    assert not partial.done[30]
    assert partial.done[:16].all()
    assert partial.verdicts.mean == 1.0
    assert f"after {int(partial.done.sum())} of 3031" in str(partial)
    if workers is None:
        assert partial.done.tolist() == [True] * 30 + [False] * 3001
        assert len(verifier.seen) == 31


def test_after_an_interruption_the_threads_begin_no_further_row() -> None:
    begun: list[str] = []
    first, release = threading.Event(), threading.Event()

    class Waits(Verifier):
        """Row 'stop' interrupts as soon as another row has begun; that one waits till then."""

        def verify(self, task: Any, response: Any) -> Verdict:
            if response == "stop":
                assert first.wait(30)
                raise KeyboardInterrupt
            begun.append(response)
            first.set()
            assert release.wait(30)
            return correct()

    said = ["stop"] + ["a"] * 2000
    with pytest.raises(Interrupted):
        verify_many(Waits(), tasks(["a"] * len(said)), said, workers=2)
    release.set()
    for thread in threading.enumerate():
        if thread.name.startswith("verify"):
            thread.join(30)
    # The thread that met the interruption may have begun one row before it was told to stop.
    assert len(begun) <= 2


def test_an_error_of_the_callers_progress_function_is_the_callers() -> None:
    def broken(done: int, total: int) -> None:
        raise LookupError("in the callback")

    for workers in (None, 2):
        with pytest.raises(LookupError, match="in the callback"):
            verify_many(Echo(), tasks("aaa"), ["a"] * 3, progress=broken, workers=workers)


def test_a_bar_is_not_drawn_where_there_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert len(verify_many(Echo(), tasks("aaa"), ["a"] * 3, progress=True)) == 3
    captured = capfd.readouterr()
    assert (captured.out, captured.err.strip()) == ("", "")


def test_lengths_that_differ_are_refused_with_both_named() -> None:
    for judge in (lambda t, r: verify_many(Echo(), t, r), Echo().verify_many):
        with pytest.raises(OptionError, match="3 tasks but 2 responses; give one response per"):
            judge(tasks("aaa"), ["a", "a"])


def test_arguments_that_can_never_work_are_refused() -> None:
    with pytest.raises(OptionError, match="make an instance"):
        verify_many(Echo, tasks("a"), ["a"])  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="got one str"):
        verify_many(Echo(), tasks("abc"), "abc")
    for workers in (0, -1, 2.0, True, "2"):
        with pytest.raises(OptionError, match="workers must be"):
            verify_many(Echo(), tasks("a"), ["a"], workers=workers)  # type: ignore[arg-type]


def test_verdicts_are_a_sequence() -> None:
    rows = (correct(), wrong("no"), infra_error("down"), unparsable("?"), timeout("slow"))
    found = Verdicts(rows)
    assert list(found) == list(rows)
    assert found[1] is rows[1]
    assert found[-1] is rows[-1]
    assert found[1:3] == Verdicts(rows[1:3])
    assert rows[2] in found
    assert repr(found) == (
        "<5 verdicts: 1 correct, 1 wrong, 1 unparsable, 1 timeout, 1 infra_error; "
        "mean 0.2500, 1 masked>"
    )


def test_verdicts_survive_json_and_the_summary_is_made_of_json_types() -> None:
    found = verify_many(Echo(), tasks("aaa"), ["a", "crash", "half"])
    document = json.loads(json.dumps(found.to_json()))
    assert Verdicts.from_json(document) == found
    assert document["mean_score"] == 0.75
    assert (document["scored"], document["masked"], document["responses"]) == (2, 1, 3)
    assert document["outcomes"]["infra_error"] == 1
    assert len(document["outcomes"]) == 6


def test_without_a_judged_response_there_is_no_mean() -> None:
    for found in (Verdicts(()), Verdicts((infra_error("down"),))):
        assert math.isnan(found.mean)
        assert found.summary()["mean_score"] is None
        assert found.scores.shape == (len(found),)


def test_trees_and_the_maths_verifier_give_the_same_on_threads() -> None:
    tree = WeightedSum({"maths": MathVerifier(), "echo": Echo()})
    golds = [str(i) for i in range(40)]
    said = [str(i if i % 3 else i + 1) for i in range(40)]
    alone = [tree(task, response) for task, response in zip(tasks(golds), said)]
    assert list(verify_many(tree, tasks(golds), said)) == alone
    assert list(verify_many(tree, tasks(golds), said, workers=3)) == alone
    assert {verdict.outcome for verdict in alone} == {Outcome.CORRECT, Outcome.WRONG}
