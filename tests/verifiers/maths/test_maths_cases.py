"""The labelled table: what each answer form accepts, rejects and cannot read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from veragym.core.verdict import Outcome
from veragym.verifiers import KINDS, grade_answer

CASES = Path(__file__).with_name("cases")
OPEN = {"arithmetic", "multiple"}
"""Kinds with many right answers, so that none is a secret."""
ALLOWED = {
    "right": {Outcome.CORRECT},
    "wrong": {Outcome.WRONG},
    "unparsable": {Outcome.UNPARSABLE},
    "refused": {Outcome.WRONG, Outcome.UNPARSABLE},
}


def rows() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for index, row in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))):
            found.append(pytest.param(row, id=f"{path.stem}-{index}-{row['form']['kind']}"))
    return found


def flat() -> list[tuple[dict[str, Any], str, str, str]]:
    return [
        (param.values[0]["form"], param.values[0]["gold"], label, answer)
        for param in rows()
        for label in ALLOWED
        for answer in param.values[0].get(label, [])
    ]


@pytest.mark.parametrize("row", rows())
def test_every_labelled_answer_gets_its_verdict(row: dict[str, Any]) -> None:
    faults = []
    for label, allowed in ALLOWED.items():
        for answer in row.get(label, []):
            verdict = grade_answer(row["gold"], answer, row["form"])
            if verdict.outcome not in allowed:
                faults.append(f"{answer!r}: {label}, but {verdict.outcome} ({verdict.reason})")
    assert not faults, f"gold {row['gold']!r}, form {row['form']}:\n" + "\n".join(faults)


def test_table_is_large_mostly_negative_and_covers_every_form() -> None:
    table = flat()
    distinct = {(str(form), gold, answer) for form, gold, _, answer in table}
    assert len(distinct) == len(table) >= 2_500
    assert sum(label != "right" for *_, label, _ in table) >= 0.4 * len(table)
    for kind in KINDS:
        labels = [label for form, *_, label, _ in table if form["kind"] == kind]
        right = labels.count("right")
        assert right >= 10 and len(labels) - right >= 15, kind


@pytest.mark.parametrize("row", rows())
def test_every_gold_is_an_answer_to_its_own_task(row: dict[str, Any]) -> None:
    assert grade_answer(row["gold"], row["gold"], row["form"]).outcome is Outcome.CORRECT


def test_reasons_and_evidence_never_contain_the_gold() -> None:
    for form, gold, label, answer in flat():
        if label == "right" or len(gold) < 3 or form["kind"] in OPEN:
            continue
        verdict = grade_answer(gold, answer, form)
        said = verdict.reason + repr(dict(verdict.evidence))
        assert gold not in said or gold in answer, (gold, answer, said)


def test_spread_of_right_answers_over_different_golds_is_nil() -> None:
    """No right answer of one row is right for another row of the same form, unless listed there."""
    table = flat()
    right: dict[tuple[str, str], set[str]] = {}
    for form, gold, label, answer in table:
        if label == "right":
            right.setdefault((str(form), gold), set()).add(answer)
    values = {"integer", "rational", "value", "complex", "tuple", "matrix", "interval", "set"}
    for form, gold, label, answer in table:
        if label != "right" or form["kind"] not in values:
            continue
        for (other_form, other_gold), answers in right.items():
            if (
                other_form == str(form)
                and other_gold != gold
                and not answers & right[(str(form), gold)]
            ):
                verdict = grade_answer(other_gold, answer, form)
                assert verdict.outcome is not Outcome.CORRECT, (other_gold, answer)
