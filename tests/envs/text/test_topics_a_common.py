"""Every topic of numbers and algebra is plentiful, unguessable, consistent and judgeable."""

from __future__ import annotations

import cmath
import json
import re
from collections import Counter
from fractions import Fraction

import pytest

from veragym.core.generator import TaskStream
from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.tasks import MathTasks
from veragym.envs.text.maths.topic import TOPICS
from veragym.verifiers import Form, MathVerifier

LISTED = """
    multiplication division_remainder order_of_operations decimals rounding fractions mixed_numbers
    ratio_sharing percentages unit_conversion unit_rates gcd_lcm prime_factorisation divisor_count
    modular_power modular_inverse base_conversion digit_puzzles linear_equation linear_system
    quadratic_equation polynomial_expand polynomial_factor polynomial_value exponents_logs radicals
    complex_arithmetic absolute_value_equation
"""
NAMES = LISTED.split()
LEVELS = (0.0, 0.3, 0.6, 1.0, 1.5)
NUMBER = re.compile(r"-?\d+(?:\.\d+|/\d+)?")


def problems(name, level, count, label="common"):
    topic = TOPICS[name]
    for seed in range(count):
        rng = TaskRng.from_seed(label, name, level, seed)
        params = topic.draw(rng, level)
        yield params, rng.integers(0, topic.phrasings)


@pytest.mark.parametrize("name", NAMES)
def test_the_easiest_level_has_at_least_300_different_problems(name):
    topic = TOPICS[name]
    assert len({topic.canonical(p) for p, _ in problems(name, 0.0, 1000)}) >= 300


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NAMES)
def test_neither_a_constant_answer_nor_a_number_of_the_prompt_wins_a_tenth(name, level):
    topic = TOPICS[name]
    answers, copied, count = Counter(), 0, 1000
    for params, phrasing in problems(name, level, count):
        answer, prompt = topic.answer(params), topic.question(params, phrasing)
        answers[answer] += 1
        if topic.form(params)["kind"] in ("tuple", "set", "complex", "value", "expression"):
            copied += answer in prompt
            continue
        shown = set(NUMBER.findall(prompt)) | set(NUMBER.findall(prompt.replace("- ", "-")))
        copied += answer.split()[0].rstrip("%") in shown
    assert answers.most_common(1)[0][1] < count / 10
    assert copied < count / 10


@pytest.mark.parametrize("name", NAMES)
def test_wordings_differ_are_plain_ascii_and_do_not_change_the_problem(name):
    topic = TOPICS[name]
    assert topic.phrasings >= 3
    for level in LEVELS:
        for params, _ in problems(name, level, 20):
            texts = [topic.question(params, i) for i in range(topic.phrasings)]
            assert len(set(texts)) == topic.phrasings
            for text in texts:
                assert text.isascii() and text == text.strip() and len(text) < 250
                assert "  " not in text and "\n" not in text


@pytest.mark.parametrize("name", NAMES)
def test_parameters_survive_json(name):
    def frozen(value):
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    topic = TOPICS[name]
    for level in LEVELS:
        for params, phrasing in problems(name, level, 20):
            back = frozen(json.loads(json.dumps(params)))
            assert back == params
            assert topic.question(back, phrasing) == topic.question(params, phrasing)
            assert topic.answer(back) == topic.answer(params)
            assert topic.canonical(back) == topic.canonical(params)
            hash(back)


@pytest.mark.parametrize("name", NAMES)
def test_the_last_worked_step_shows_the_answer_and_earlier_ones_are_no_stubs(name):
    topic = TOPICS[name]
    assert topic.method.endswith(".") and topic.summary.endswith(".")
    for level in LEVELS:
        for params, _ in problems(name, level, 40):
            steps = list(topic.steps(params))
            assert topic.answer(params) in steps[-1], (steps, topic.answer(params))
            assert all(
                step.isascii() and any(c.isdigit() for c in step) for step in steps if ":" in step
            )


def equations(step, letters=""):
    """The clauses of a step that are chains of expressions in numbers (and the given letters)."""
    step = step.replace("(rounded down)", "?")
    for clause in re.split(r"[:;,%|]|\b(?!sqrt)[a-zA-Z]{2,}\b(?!\()", step):
        clause = re.sub(r"^\s*(?:\(?-?\d*\)?[xyz] = )", "", clause)
        clause = re.sub(r"\b(\d+) (\d+)/(\d+)", r"(\1+\2/\3)", clause)  # mixed numbers
        parts = [part.strip() for part in clause.split("=")]
        allowed = rf"(?:[-\d+*/^(). {letters}]|sqrt\()+"
        balanced = all(part.count("(") == part.count(")") for part in parts)
        if len(parts) > 1 and balanced and all(re.fullmatch(allowed, part) for part in parts):
            yield parts


def value(text):
    """Exact at x = 7/3, or complex floating point where roots or the letter i occur."""
    text = re.sub(r"(\d|\)|x|i)\s*(?=[a-z(])", r"\1*", text.replace("^", "**"))
    if "sqrt" in text or "i" in text:
        return eval(text, {"sqrt": cmath.sqrt, "i": 1j})
    text = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)", r"Fraction('\1')", text)
    return eval(text, {"Fraction": Fraction, "x": Fraction(7, 3)})


def agree(values):
    first = values[0]
    if isinstance(first, complex):
        return all(cmath.isclose(first, v, rel_tol=1e-9, abs_tol=1e-9) for v in values)
    return all(v == first for v in values)


LETTERS = {"polynomial_expand": "x", "polynomial_factor": "x", "complex_arithmetic": "i"}
WORDY = ("rounding", "absolute_value_equation")  # their working holds conditions, not sums
MODULAR = ("modular_power", "modular_inverse")  # their lines are congruences, checked below


@pytest.mark.parametrize("name", [name for name in NAMES if name not in MODULAR])
def test_every_numeric_equation_in_the_working_is_true(name):
    topic, checked = TOPICS[name], 0
    for level in LEVELS:
        for params, _ in problems(name, level, 30):
            for step in topic.steps(params):
                for parts in equations(step, LETTERS.get(name, "")):
                    values = [value(part) for part in parts]
                    assert agree(values), (step, parts, values)
                    checked += 1
    assert checked >= 100 or name in WORDY, checked


def test_both_cases_of_an_absolute_value_equation_are_solved_rightly():
    checked = 0
    for level in LEVELS:
        for params, _ in problems("absolute_value_equation", level, 40):
            for step in TOPICS["absolute_value_equation"].steps(params):
                if match := re.fullmatch(r"(.*) = (.*) gives x = (.*)", step):
                    x = Fraction(match[3])
                    left, right = (
                        eval(re.sub(r"(\d)x", r"\1*x", side), {"x": x})
                        for side in match.groups()[:2]
                    )
                    assert left == right, step
                    checked += 1
    assert checked == 2 * 40 * len(LEVELS)


def test_every_congruence_in_the_working_is_true():
    powers = products = 0
    for level in LEVELS:
        for (a, k, m), _ in problems("modular_power", level, 40):
            for step in TOPICS["modular_power"].steps((a, k, m)):
                for parts in equations(step):
                    if "^" in parts[0]:
                        values = {value(part) % m for part in parts}
                        assert len(values) == 1, step
                        powers += 1
        for (a, b, m), _ in problems("modular_inverse", level, 40):
            for step in TOPICS["modular_inverse"].steps((a, b, m)):
                for left, factor, right in re.findall(
                    r"so (\d+) \* \(?(-?\d+)\)? = (\d+) \(mod", step
                ):
                    assert (int(left) * int(factor) - int(right)) % m == 0, step
                    assert int(left) == a
                    products += 1
    assert powers > 500 and products > 500


@pytest.mark.parametrize("name", NAMES)
def test_problems_with_one_canonical_content_have_one_answer(name):
    topic = TOPICS[name]
    known = {}
    for params, _ in problems(name, 0.0, 600):
        answer = topic.answer(params)
        assert known.setdefault(topic.canonical(params), answer) == answer


@pytest.mark.parametrize("name", NAMES)
def test_gold_is_accepted_and_every_decoy_rejected_by_the_verifier(name):
    topic, generator, verifier = TOPICS[name], MathTasks([name]), MathVerifier()
    for split, difficulty in (("train", 0.0), ("train", 0.5), ("train", 1.0), ("ood", 1.0)):
        stream = TaskStream(generator, "Topics-v0", split, 3, difficulty)
        for index in range(15):
            task = stream.task(index)
            Form.of(task.public["form"])
            solution = generator.solve(task)
            for response in (solution.answer, solution.response):
                verdict = verifier.verify(task, response)
                assert verdict.score == 1.0, (task.prompt, response, verdict)
            decoys = generator.decoys(task)
            assert len(set(decoys) - {solution.answer}) >= 2, (task.prompt, decoys)
            for decoy in decoys:
                verdict = verifier.verify(task, f"\\boxed{{{decoy}}}")
                assert verdict.score == 0.0, (task.prompt, solution.answer, decoy, verdict)
                assert verdict.outcome.name in ("WRONG", "UNPARSABLE")
            assert topic.name == task.secret["topic"]


@pytest.mark.parametrize("name", NAMES)
def test_every_split_can_be_filled_at_the_easiest_level(name):
    for split in ("train", "test", "ood"):
        stream = TaskStream(MathTasks([name]), "Topics-v0", split, 1, 0.0)
        assert len({stream.task(i).content_hash for i in range(12)}) >= 6


def size(topic, level):
    """Mean number of characters of the problem and its working."""
    total = 0
    for params, _ in problems(topic.name, level, 150, "size"):
        total += len(topic.question(params, 0)) + sum(map(len, topic.steps(params)))
    return total / 150


@pytest.mark.parametrize("name", NAMES)
def test_problem_and_working_get_longer_with_the_level(name):
    topic = TOPICS[name]
    sizes = [size(topic, level) for level in (0.0, 0.75, 1.5)]
    assert sizes == sorted(sizes), sizes
    assert sizes[-1] > 1.05 * sizes[0], sizes
