"""What the topics from sequences to word problems owe: variety, consistency, honest floors."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from veragym.core.seeding import TaskRng
from veragym.core.task import Task
from veragym.envs.text.maths.topic import TOPICS, Params, Topic

LISTED = """
    sequence_next sequence_sum recurrence_term linear_inequality quadratic_inequality
    set_operations inclusion_exclusion subsets_count permutations_count combinations_count
    lattice_paths dice_probability urn_probability conditional_probability expected_value
    area_perimeter pythagoras angles circle_measures coordinate_geometry solids_volume
    geometry_construction derivative derivative_at_point definite_integral antiderivative limits
    matrix_determinant matrix_product matrix_inverse word_shopping word_travel word_work_rate
    word_ages word_multistep
"""
NAMES = sorted(LISTED.split())
LEVELS = (0.0, 0.3, 0.6, 1.0, 1.25, 1.5)
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:/\d+)?")


def draws(name: str, level: float, count: int) -> list[Params]:
    topic = TOPICS[name]
    return [topic.draw(TaskRng.from_seed("b", name, level, i), level) for i in range(count)]


def frozen(value: Any) -> Any:
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def _copied(answer: str, text: str) -> bool:
    if NUMBER.fullmatch(answer):
        return answer in NUMBER.findall(text)
    return answer in text


@pytest.mark.parametrize("name", NAMES)
def test_the_easiest_level_has_hundreds_of_different_problems(name: str) -> None:
    topic = TOPICS[name]
    contents = {topic.canonical(p) for p in draws(name, 0.0, 1500)}
    assert len(contents) >= 300


@pytest.mark.parametrize("name", NAMES)
def test_no_constant_answer_and_no_copied_number_wins_a_tenth(name: str) -> None:
    topic = TOPICS[name]
    for level in LEVELS:
        problems = draws(name, level, 1000)
        answers = [topic.answer(p) for p in problems]
        commonest, count = Counter(answers).most_common(1)[0]
        assert count < 100, (level, commonest, count)
        copied = sum(_copied(a, topic.question(p, 0)) for p, a in zip(problems, answers))
        assert copied < 100, (level, copied)


@pytest.mark.parametrize("name", NAMES)
def test_wordings_differ_are_plain_and_share_one_identity(name: str) -> None:
    topic = TOPICS[name]
    assert topic.phrasings >= 3
    for level in LEVELS:
        for params in draws(name, level, 20):
            texts = [topic.question(params, i) for i in range(topic.phrasings)]
            assert len(set(texts)) == topic.phrasings
            skeletons = {re.sub(r"[^a-zA-Z ]", "", text) for text in texts}
            assert len(skeletons) >= 3
            for text in texts:
                assert text.isascii() and text == text.strip() and "\n" not in text
                assert "None" not in text and "Fraction" not in text and "  " not in text
                assert len(text) < 1600


@pytest.mark.parametrize("name", NAMES)
def test_parameters_survive_json(name: str) -> None:
    topic = TOPICS[name]
    for level in LEVELS:
        for params in draws(name, level, 25):
            back = frozen(json.loads(json.dumps(params)))
            assert back == params
            assert topic.answer(back) == topic.answer(params)
            assert topic.question(back, 1) == topic.question(params, 1)
            hash(topic.canonical(params))
            json.dumps(topic.form(params))


@pytest.mark.parametrize("name", NAMES)
def test_steps_end_in_the_answer_and_decoys_are_not_it(name: str) -> None:
    topic = TOPICS[name]
    for level in LEVELS:
        for params in draws(name, level, 50):
            steps, right = list(topic.steps(params)), topic.answer(params)
            assert steps and all(isinstance(s, str) and s.isascii() for s in steps)
            assert right in steps[-1], (right, steps)
            decoys = list(topic.decoys(params))
            assert len(decoys) >= 2 and len(set(decoys)) == len(decoys)
            assert right not in decoys


@pytest.mark.parametrize("name", NAMES)
def test_problems_grow_with_the_level(name: str) -> None:
    topic = TOPICS[name]

    def size(level: float) -> float:
        total = 0
        for params in draws(name, level, 300):
            work = " ".join(topic.steps(params))
            total += sum(map(len, re.findall(r"\d+", work)))
        return total / 300

    sizes = [size(level) for level in (0.0, 0.5, 1.0, 1.5)]
    assert all(b > 0.93 * a for a, b in pairwise(sizes)), sizes
    assert sizes[2] > sizes[0] and sizes[3] > sizes[1], sizes


@pytest.mark.parametrize("name", NAMES)
def test_drawing_is_a_function_of_the_seed(name: str) -> None:
    assert draws(name, 0.7, 30) == draws(name, 0.7, 30)
    assert len(set(draws(name, 1.0, 200))) > 150


def _task(topic: Topic, params: Params, level: float) -> Task:
    public = {"topic": topic.name, "form": topic.form(params)}
    secret = {"answer": topic.answer(params), "topic": topic.name, "params": params}
    prompt = topic.question(params, 0)
    return Task("t", "MathRLVR-v0", 0, "train", min(level, 1.0), prompt, public, secret, "00")


@pytest.mark.parametrize("name", NAMES)
def test_the_verifier_takes_the_answer_and_refuses_every_decoy(name: str) -> None:
    verifiers = pytest.importorskip("veragym.verifiers")
    verifier = verifiers.MathVerifier()
    topic = TOPICS[name]
    for level in LEVELS:
        for params in draws(name, level, 8):
            task = _task(topic, params, level)
            verdict = verifier.verify(task, f"\\boxed{{{task.secret['answer']}}}")
            assert verdict.score == 1.0, (task.prompt, task.secret["answer"], verdict)
            for decoy in topic.decoys(params):
                verdict = verifier.verify(task, f"\\boxed{{{decoy}}}")
                assert verdict.score == 0.0, (task.prompt, task.secret["answer"], decoy, verdict)
