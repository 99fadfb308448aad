"""Near misses are wrong, rewritings are right, and verifiers are measured and judged by them."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import planted
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.check import check
from veragym.check.exploits import CHOICES, FOLDER, Scene, read, suite
from veragym.check.mutation import measure, near_misses, rewritings
from veragym.check.mutation.variants import elements, value_of
from veragym.check.subject import Spelling
from veragym.core import Draft, Verdict, Verifier
from veragym.core.errors import OptionError
from veragym.core.generator import TaskStream
from veragym.core.verdict import correct, wrong
from veragym.envs.text.maths import MathTasks
from veragym.registry import FAMILIES
from veragym.verifiers import MathVerifier, TextMatchVerifier


def answers(variants: Any) -> dict[str, str]:
    return {variant.how: variant.answer for variant in variants}


# -- the variants ----------------------------------------------------------------------------------


def test_near_misses_of_an_integer() -> None:
    made = answers(near_misses("-12", {"kind": "integer"}))
    assert made == {
        "one more": "-11",
        "one less": "-13",
        "sign lost": "12",
        "doubled": "-24",
        "ten times": "-120",
        "a half more": "-12.5",
        "digits around it": "-7123",
        "last digit dropped": "-1",
        "last digits swapped": "-21",
    }


def test_near_misses_and_rewritings_of_a_fraction() -> None:
    made = answers(near_misses("3/4", {"kind": "rational", "lowest": True}))
    assert made["inverted"] == "4/3"
    assert made["denominator off by one"] == "3/5"
    assert made["not in lowest terms"] == "6/8"
    again = answers(rewritings("-3/4", {"kind": "rational"}))
    assert again["as a decimal"] == "-0.75"
    assert again["as \\frac"] == "-\\frac{3}{4}"
    assert "as a decimal" not in answers(rewritings("1/3", {"kind": "rational"}))
    assert "not reduced" not in answers(rewritings("3/4", {"kind": "rational", "lowest": True}))


def test_variants_of_answers_with_several_parts() -> None:
    assert answers(near_misses("(1, 2)", {"kind": "tuple"}))["order swapped"] == "(2, 1)"
    assert "order swapped" not in answers(near_misses("(2, 2)", {"kind": "tuple"}))
    assert answers(rewritings("{1, 2}", {"kind": "set"}))["in another order"] == "{2, 1}"
    assert answers(near_misses("{5, 1}", {"kind": "set"})) == {
        "an element added": "{5, 1, 7}",
        "an element changed": "{5, 7}",
        "an element dropped": "{1}",
    }
    bounded = answers(near_misses("[1, inf)", {"kind": "interval"}))
    assert bounded == {"left bracket flipped": "(1, inf)", "left end moved": "[0, inf)"}
    assert elements("{(1, 2), 3}", "{", "}") == ["(1, 2)", "3"]


def test_an_antiderivative_keeps_its_constant_out_of_the_near_misses() -> None:
    form = {"kind": "expression", "variables": ["x"], "modulo_constant": True}
    made = answers(near_misses("3*x^2 + 5", form))
    assert made == {"coefficient off by one": "4*x^2 + 5", "a term added": "3*x^2 + 5 + x"}


def test_without_a_declared_form_nothing_is_called_another_writing() -> None:
    assert rewritings("1/2", None) == []
    assert "one more" in answers(near_misses("41", None))
    assert answers(near_misses("a b", None))["words swapped"] == "b a"


NUMBERS = st.integers(-(10**6), 10**6)


@given(NUMBERS)
def test_no_near_miss_of_an_integer_has_its_value_and_every_rewriting_has(n: int) -> None:
    for variant in near_misses(str(n), {"kind": "integer"}):
        assert Fraction(variant.answer) != n
    for variant in rewritings(str(n), {"kind": "integer"}):
        assert float(variant.answer.replace(",", "")) == n


@given(NUMBERS, st.integers(2, 10**4))
def test_no_near_miss_of_a_fraction_has_its_value(a: int, b: int) -> None:
    right = Fraction(a, b)
    for variant in near_misses(f"{a}/{b}", {"kind": "rational"}):
        assert value_of(variant.answer) != right


@given(st.integers(-(10**6), 10**6), st.integers(0, 4))
def test_near_misses_of_a_decimal_lie_outside_its_tolerance(n: int, places: int) -> None:
    gold = f"{n / 10**places:.{places}f}"
    form = {"kind": "decimal", "places": places}
    unit = Fraction(1, 10**places)
    for variant in near_misses(gold, form):
        assert abs(Fraction(variant.answer) - Fraction(gold)) > unit / 2
    for variant in rewritings(gold, form):
        assert abs(Fraction(variant.answer.strip()) - Fraction(gold)) < unit / 2


# -- measuring -------------------------------------------------------------------------------------


class Contains(Verifier):
    """The answer has to stand somewhere in the response: the classic hole."""

    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if str(task.secret["answer"]) in response else wrong("not found")


class Literal(Verifier):
    """The same characters: refuses every other writing."""

    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if response == task.secret["answer"] else wrong("other characters")


class AnySign(Verifier):
    """Compares without the sign, and is right otherwise."""

    def verify(self, task: Any, response: Any) -> Verdict:
        bare = Draft("", "", dict(task.public), {"answer": task.secret["answer"].lstrip("-")})
        return MathVerifier()(bare, response.strip().lstrip("-"))


def whole(answer: str) -> Draft:
    return Draft(f"n:{answer}", "?", {"form": {"kind": "integer"}}, {"answer": answer})


ROWS = [(whole(str(n)), str(n)) for n in (12, 305, -47, 200, 19, -8, 641)]


def test_rates_are_the_shares_of_wrong_decisions() -> None:
    # Of the near misses of 12 — 13 11 -12 24 120 12.5 7123 1 21 — four contain "12".
    rates = measure(Contains(), [(whole("12"), "12")])
    assert rates.near_misses == 9
    assert rates.kill_rate == pytest.approx(1 - 4 / 9)
    assert set(rates.first_missed) == {
        "sign lost", "ten times", "a half more", "digits around it",
    }  # fmt: skip
    # Of the two rewritings of 12, " 12 " and "12.0", the same characters accept none.
    rates = measure(Literal(), [(whole("12"), "12")])
    assert (rates.kill_rate, rates.rewritings, rates.false_reject_rate) == (1.0, 2, 1.0)
    assert rates.to_json()["rejected"] == {"spaces around": 1, "as a decimal": 1}


def test_the_maths_verifier_kills_all_near_misses_and_refuses_no_rewriting() -> None:
    generator = MathTasks()
    tasks = [
        TaskStream(generator, "MathRLVR-v0", split, 0).task(i)
        for split in ("train", "test", "ood")
        for i in range(100)
    ]
    rates = measure(MathVerifier(), [(task, generator.solve(task).answer) for task in tasks])
    assert rates.near_misses > 1000
    assert rates.rewritings > 400
    assert rates.first_missed == {}
    assert rates.first_rejected == {}


# -- a verifier as what is checked -----------------------------------------------------------------


def names(report: Any) -> set[str]:
    return {finding.name for finding in report.failures}


def test_a_sound_verifier_passes_with_a_list_and_with_a_generator() -> None:
    report = check(MathVerifier(), tasks=ROWS, mode="quick")
    assert report.failures == ()
    assert report.subject == "MathVerifier"
    heard = {f.name.partition(".")[0] for f in report.findings if f.passed is not None}
    assert heard == {"oracle", "decoys", "mutants", "determinism", "leak"}
    assert check(MathVerifier(), tasks=MathTasks(["arithmetic"]), mode="quick").passed
    text = [(Draft(w, "Name it.", {}, {"answer": w}), w) for w in ("lead ore", "tin", "zinc")]
    assert check(TextMatchVerifier(), tasks=text, mode="quick").failures == ()


@pytest.mark.parametrize(
    ("verifier", "reason"),
    [
        (Contains(), "mutants.killed"),
        (Literal(), "mutants.rewritings-accepted"),
        (AnySign(), "mutants.killed"),
    ],
    ids=lambda x: x if isinstance(x, str) else type(x).__name__,
)
def test_a_faulty_verifier_is_rejected_for_the_right_reason(
    verifier: Verifier, reason: str
) -> None:
    report = check(verifier, tasks=ROWS, mode="quick", witnesses=["mutants"])
    assert names(report) == {reason}
    (culprit,) = report.failures
    assert culprit.fix
    assert {"seed", "options", "actions", "gold"} <= set(culprit.evidence)


def test_a_verifier_without_usable_tasks_is_refused_with_the_remedy() -> None:
    with pytest.raises(OptionError, match="pass tasks="):
        check(MathVerifier())
    with pytest.raises(OptionError, match="at least one pair"):
        check(MathVerifier(), tasks=[])
    with pytest.raises(OptionError, match="item 2: each must be a pair"):
        check(MathVerifier(), tasks=[ROWS[0], "12"])
    with pytest.raises(OptionError, match="item 1: the right answer must be a text, got 12"):
        check(MathVerifier(), tasks=[(whole("12"), 12)])  # type: ignore[list-item]


# -- exploits --------------------------------------------------------------------------------------


def test_every_exploit_suite_belongs_to_a_family_and_can_be_filled() -> None:
    scene = Scene(
        "Add 3 to 14.\nBox it.", Spelling("\\boxed{", "}"), dict.fromkeys(CHOICES, ("it",))
    )
    for path in FOLDER.glob("*.yaml"):
        assert path.stem in FAMILIES
        assert len(read(path)) >= 20
        for exploit in read(path):
            assert exploit.why
            (way,) = exploit.ways(scene, 1)
            agent = exploit.player(scene, way)
            for turn in range(3):
                assert "[[" not in agent(None, "a page", turn)  # type: ignore[arg-type]
    assert len(suite("text")) >= 50
    assert suite("no such family") == ()


def test_an_exploit_is_filled_from_the_prompt_and_framed(tmp_path: Path) -> None:
    file = tmp_path / "text.yaml"
    file.write_text(
        "- name: copy\n  response: '[[last number]] of [[number]]'\n  why: w\n  framed: true\n"
    )
    (exploit,) = read(file)
    agent = exploit.player(Scene("Add 3 to 14.", Spelling("<", ">")), {})
    assert agent(None, "", 0) == "<14 of 3>"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("- name: a\n  response: b", r"row 1: the fields are name, response \(or actions\), why"),
        ("- name: a\n  response: '[[gold]]'\n  why: c", r"unknown \[\[gold\]\]"),
        ("- name: a\n  response: 1\n  why: c", "response must be a text"),
        ("- {name: a, response: b, why: c}\n- {name: a, response: b, why: c}", "stands twice"),
        ("name: a", "must be a list"),
    ],
)
def test_a_faulty_row_of_a_suite_is_named(tmp_path: Path, row: str, message: str) -> None:
    file = tmp_path / "text.yaml"
    file.write_text(row)
    with pytest.raises(OptionError, match=message):
        read(file)


class _BelievesClaims(planted.SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if "correct" in response else super().verify(task, response)


class BelievesClaims(planted.Sums):
    verifier_class = _BelievesClaims


class _Breaks(planted.SumVerifier):
    def verify(self, task: Any, response: Any) -> Verdict:
        if "\0" in response:
            raise ValueError("embedded null byte")
        return super().verify(task, response)


class Breaks(planted.Sums):
    verifier_class = _Breaks


@pytest.mark.parametrize("environment", [BelievesClaims, Breaks])
def test_an_exploitable_environment_is_rejected(environment: Any) -> None:
    report = check(environment, mode="quick", witnesses=["decoys"])
    assert names(report) == {"decoys.exploits"}
    assert report.failures[0].evidence["actions"]


@pytest.mark.parametrize(
    ("response", "half"),
    [
        ("<answer>Paris</answer>", "<answer>Pa</answer>"),
        ("so <answer> Paris </answer> it is", "so <answer> Pa </answer> it is"),
        ("It is \\boxed{Paris}.", "It is \\boxed{Pa}."),
        ("Paris", "Pa"),
    ],
)
def test_the_answer_is_changed_inside_its_marks(response: str, half: str) -> None:
    made = {variant.how: variant.answer for variant in near_misses(response, None)}
    assert made["half of the word only"] == half
    before, after = half.split("Pa")
    assert all(answer.startswith(before) and answer.endswith(after) for answer in made.values())


class Prefix(Verifier):
    """Takes any beginning of the answer."""

    def verify(self, task: Any, response: Any) -> Verdict:
        found = re.fullmatch(r"<answer>(\w+)</answer>", response)
        right = found is not None and task.secret["answer"].startswith(found[1])
        return correct() if right else wrong("another city")


class Exact(Verifier):
    """Takes the answer between the tags, whatever stands around them."""

    def verify(self, task: Any, response: Any) -> Verdict:
        found = re.findall(r"<answer>(\w+)</answer>", response)
        return correct() if found == [task.secret["answer"]] else wrong("another city")


@pytest.mark.parametrize(("verifier", "passes"), [(Prefix(), False), (Exact(), True)])
def test_half_an_undeclared_word_must_not_do(verifier: Verifier, passes: bool) -> None:
    cities = ["Paris", "London", "Madrid", "Vienna", "Athens", "Dublin"]
    tasks = [
        (
            Draft(city, f"Which city has number {i}?", {}, {"answer": city}),
            f"<answer>{city}</answer>",
        )
        for i, city in enumerate(cities)
    ]
    report = check(verifier, tasks=tasks, witnesses=["mutants"], mode="quick")
    assert ("mutants.killed" not in {f.name for f in report.failures}) is passes


WHOLE = re.compile(r"-?\d+")


class Whole(Verifier):
    """Compares whole numbers, with one hole each below."""

    def verify(self, task: Any, response: Any) -> Verdict:
        read = WHOLE.fullmatch(response.strip())
        return correct() if read and self.same(int(read[0]), task.secret["n"]) else wrong("no")

    def same(self, said: int, right: int) -> bool:
        return said == right


class Signless(Whole):
    def same(self, said: int, right: int) -> bool:
        return abs(said) == abs(right)


class LastDigits(Whole):
    def same(self, said: int, right: int) -> bool:
        return said % 1000 == right % 1000


class AnyOrder(Whole):
    def same(self, said: int, right: int) -> bool:
        return sorted(str(said)) == sorted(str(right))


class Member(Whole):
    def verify(self, task: Any, response: Any) -> Verdict:
        return correct() if str(task.secret["n"]) in WHOLE.findall(response) else wrong("no")


class Rounds(Whole):
    def verify(self, task: Any, response: Any) -> Verdict:
        try:
            return correct() if round(float(response)) == task.secret["n"] else wrong("no")
        except ValueError:
            return wrong("no number")


@pytest.mark.parametrize("verifier", [Signless(), LastDigits(), AnyOrder(), Member(), Rounds()])
def test_numbers_that_only_resemble_the_answer_are_tried(verifier: Verifier) -> None:
    tasks = [(Draft(str(n), "Which number?", {}, {"n": n}), str(n)) for n in (12, 305, -47, 2001)]
    assert check(Whole(), tasks=tasks, witnesses=["decoys"], mode="quick").failures == ()
    report = check(verifier, tasks=tasks, witnesses=["decoys"], mode="quick")
    assert "decoys.mutants" in {finding.name for finding in report.failures}
