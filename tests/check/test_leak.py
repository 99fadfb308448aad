"""What counts as seeing a secret, and what may be found out."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import Any

import planted_leaks
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.check import check
from veragym.check.subject import Plan, draws, subject_of
from veragym.check.witnesses import surroundings
from veragym.check.witnesses.acting import donor_of, exchanged
from veragym.check.witnesses.scratch import left_files, private_folder, recorded
from veragym.check.witnesses.sightings import (
    Sighting,
    betrayed,
    discoverable_of,
    hidden_values,
    leaves,
    stands_in,
)


def test_a_value_stands_in_a_text_as_a_whole() -> None:
    for text in ("4711", "is 4711.", "x=4711;", '{"a": "4711"}', "(4711)", "4711\n"):
        assert stands_in("4711", text), text
    for text in ("47110", "14711", "4711.5", "0.4711", "a4711", "4711th", ""):
        assert not stands_in("4711", text), text
    assert stands_in("(1, 2)", "so (1, 2) it is")


@given(st.text(min_size=1), st.text(), st.text())
def test_what_is_surrounded_by_blanks_is_found(value: str, before: str, after: str) -> None:
    assert stands_in(value, f"{before} {value} {after}")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
def test_every_number_and_text_of_a_shallow_value_is_a_leaf(value: Any) -> None:
    texts = {text for _, text in leaves(value, "x", depth=20)}

    def below(item: Any) -> None:
        if isinstance(item, dict | list):
            assert json.dumps(item, sort_keys=True) in texts
            for part in item.values() if isinstance(item, dict) else item:
                below(part)
        elif item is not None and not isinstance(item, bool):
            assert str(item).strip() in texts

    below(value)


def test_a_place_betrays_a_value_if_it_holds_each_tasks_own() -> None:
    codes = ["483920", "771204", "190833", "555012"]
    values = [{"secret['code']": code} for code in codes]

    def seen(*texts: str) -> Any:
        return betrayed([Sighting(v, {"info": text}) for v, text in zip(values, texts)])

    assert seen(*(f"code {code}" for code in codes)) == ("secret['code']", "info", 0)
    assert seen(*(f"code {code}" for code in codes[1:] + codes[:1])) is None
    assert seen(*[" ".join(codes)] * 4) is None  # a list of all codes says nothing about one
    assert seen(codes[0], "", "", "") is None  # a coincidence
    assert betrayed([Sighting(v, {"info": c}) for v, c in zip(values[:2], codes)]) is None


def test_only_long_values_that_are_not_given_are_looked_for() -> None:
    env = planted_leaks.Vault()
    env.reset(seed=0)
    task = dataclasses.replace(
        env.task,
        prompt="Lift 123456.",
        public={"shared": 777777},
        secret={
            "in the prompt": 123456,
            "shared": 777777,
            "short": 12,
            "tiny": "abc",
            "flag": True,
            "said": "alohomora",
            "found": "the drawer",
            "kept": {"deep": [987654]},
        },
    )
    found = hidden_values(task, frozenset({"found"}), "try alohomora now")
    assert found["secret['kept']['deep'][0]"] == "987654"
    assert all(path.startswith("secret['kept']") for path in found)


def test_what_may_be_found_out_is_not_exchanged() -> None:
    env = planted_leaks.Drawer()
    assert discoverable_of(env) == {"drawer"}
    assert discoverable_of(planted_leaks.Vault()) == frozenset()
    drawn = list(draws(env, 6))
    task = drawn[0][2]
    donor = donor_of(task, drawn, frozenset({"drawer"}))
    assert donor is not None
    masked = exchanged(task, donor, frozenset({"drawer"}))
    assert masked.secret["drawer"] == task.secret["drawer"]
    assert masked.secret["code"] == donor.secret["code"] != task.secret["code"]
    assert (masked.id, masked.prompt, masked.public) == (task.id, task.prompt, task.public)
    assert donor_of(task, drawn, frozenset(task.secret)) is None


class Flickers(planted_leaks.Vault):
    """Answers differently every time, whatever the secret is."""

    count = itertools.count()

    def refused(self, action: str) -> Any:
        move = super().refused(action)
        move.observation += f" ({next(self.count)})"
        return move


def test_what_differs_anyway_is_not_called_a_leak() -> None:
    report = check(Flickers, seeds=8, witnesses=["leak"])
    assert report.failures == ()


@pytest.mark.parametrize("environment", [planted_leaks.LookTells, planted_leaks.ErrorTells])
def test_a_leak_can_be_seen_again_from_its_evidence(environment: Any) -> None:
    report = check(environment, seeds=12, witnesses=["leak"])
    evidence = next(f for f in report.failures if f.name == "leak.acting").evidence
    env = environment()
    observation, _ = env.reset(seed=evidence["seed"], options=evidence["options"])
    for action in evidence["actions"]:
        assert env.task.secret["code"] not in observation
        observation, *_ = env.step(action)
    assert env.task.secret["code"] in observation


def test_files_and_commands_are_recorded_while_one_looks_and_not_after() -> None:
    import subprocess

    with private_folder() as private:
        with recorded() as record:
            (private / "kept").write_text("x")
            (private / "gone").write_text("x")
            (private / "gone").unlink()
            subprocess.run(["true", "one two"], env={"A": "b"}, check=True)
        subprocess.run(["true", "later"], check=True)
        assert left_files(record, private) == {str(private / "kept")}
    ((line, variables),) = [pair for pair in record.commands if "true" in pair[0]]
    assert "one two" in line
    assert variables == "A=b"
    assert not private.exists()


def test_private_names_and_what_trainers_use_are_left_alone() -> None:
    class Notes(planted_leaks.PublicAttribute):
        @property
        def shown(self) -> str:
            return str(self.task.secret["code"])

        def solution(self) -> str:
            return str(self.task.secret["code"])

    env = Notes()
    env.reset(seed=0)
    env._hidden = "hidden"  # type: ignore[attr-defined]
    found = surroundings._attributes(env)
    assert found["env.target['code']"] == found["env.shown"] == env.task.secret["code"]
    assert not any("hidden" in path or "solution" in path or "task" in path for path in found)


def test_looking_around_leaves_the_variables_as_they_were(monkeypatch: Any) -> None:
    import os

    monkeypatch.setenv("TMPDIR", "/tmp")
    before = dict(os.environ)
    subject = subject_of(planted_leaks.Vault)
    drawn = list(draws(subject.make(), 4))
    assert all(f.passed for f in surroundings.examine(subject, drawn, Plan(seeds=2)))
    assert dict(os.environ) == before
