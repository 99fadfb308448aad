"""Union, intersection and differences of listed sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import TRIES
from veragym.envs.text.maths.slips import slips
from veragym.envs.text.maths.topic import Params, Topic, ramp, register
from veragym.envs.text.maths.writing import set_text

_SYMBOLS = {"|": "union", "&": "intersection", "-": "minus", "^": "symmetric difference"}

# Expressions as nested tuples over the names of sets, with the first level they are drawn at.
_SHAPES: tuple[tuple[float, Any], ...] = (
    (0.0, ("|", "A", "B")),
    (0.0, ("&", "A", "B")),
    (0.0, ("-", "A", "B")),
    (0.0, ("-", "B", "A")),
    (0.25, ("^", "A", "B")),
    (0.25, ("&", "A", ("|", "B", "C"))),
    (0.25, ("|", "A", ("&", "B", "C"))),
    (0.25, ("-", "A", ("|", "B", "C"))),
    (0.5, ("-", ("|", "A", "B"), "C")),
    (0.5, ("-", ("&", "A", "B"), "C")),
    (0.5, ("|", ("-", "A", "B"), ("-", "B", "C"))),
    (0.5, ("^", "A", ("&", "B", "C"))),
    (0.75, ("^", ("^", "A", "B"), "C")),
    (0.75, ("&", ("|", "A", "B"), ("|", "B", "C"))),
    (0.75, ("-", ("|", "A", "B"), ("&", "B", "C"))),
)


def _evaluate(shape: Any, sets: dict[str, frozenset[int]], steps: list[str]) -> frozenset[int]:
    if isinstance(shape, str):
        return sets[shape]
    op, left, right = shape
    a, b = _evaluate(left, sets, steps), _evaluate(right, sets, steps)
    value = a | b if op == "|" else a & b if op == "&" else a - b if op == "-" else a ^ b
    steps.append(f"{_words(shape)} = {_braces(value)}")
    return value


def _words(shape: Any, nested: bool = False) -> str:
    if isinstance(shape, str):
        return shape
    text = f"{_words(shape[1], True)} {_SYMBOLS[shape[0]]} {_words(shape[2], True)}"
    return f"({text})" if nested else text


def _braces(elements: Any) -> str:
    return set_text(sorted(elements))


@register
class SetOperations(Topic):
    """Two or three listed sets under union, intersection and differences."""

    name = "set_operations"
    group = "sets"
    summary = "Union, intersection and differences of two or three sets of whole numbers."
    method = "Do the operation in brackets first; go through the elements one by one."
    phrasings = 4

    # Parameters: (shape, A, B[, C]), the sets as ascending tuples.

    def draw(self, rng: TaskRng, level: float) -> Params:
        shape = rng.choice([s for since, s in _SHAPES if since <= level])
        count = 3 if "C" in _words(shape) else 2
        top = ramp(level, 12, 30)
        size = ramp(level, 4, 8)
        params: Params = ()
        for _ in range(TRIES):
            sets = []
            for _ in range(count):
                k = rng.integers(size - 1, size + 2)
                sets.append(tuple(sorted(rng.sample(range(1, top + 1), k))))
            params = (shape, *sets)
            right = _evaluate(shape, _named(params), [])
            if right and tuple(sorted(right)) not in sets:
                break
        return params

    def canonical(self, params: Params) -> Params:
        shape, *sets = params
        if len(sets) == 2 and shape[0] in "|&^":
            sets.sort()
        return (shape, *sets)

    def question(self, params: Params, phrasing: int) -> str:
        wanted = _words(params[0])
        listed = [f"{name} = {_braces(s)}" for name, s in zip("ABC", params[1:])]
        commas = ", ".join(listed)
        return (
            f"{commas}. Find {wanted}. Write the answer as a set in braces.",
            f"Let {' and '.join(listed)}. Which elements are in {wanted}? Answer as a set {{...}}.",
            f"List the set {wanted} in braces, where {commas}.",
            f"Given {commas}: what is {wanted}, written in braces?",
        )[phrasing]

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "set"}

    def answer(self, params: Params) -> str:
        return _braces(_evaluate(params[0], _named(params), []))

    def steps(self, params: Params) -> Sequence[str]:
        steps: list[str] = []
        _evaluate(params[0], _named(params), steps)
        return steps

    def decoys(self, params: Params) -> Sequence[str]:
        sets = _named(params)
        right = _evaluate(params[0], sets, [])
        everything = frozenset().union(*sets.values())
        low = min(right, default=0)
        wrong = [
            right - {low} if len(right) > 1 else right | {low + 1},
            everything,
            everything - right,
            right | {max(everything) + 1},
            frozenset.intersection(*sets.values()),
        ]
        return slips(_braces(right), [_braces(w) for w in wrong if w and w != right])


def _named(params: Params) -> dict[str, frozenset[int]]:
    return {name: frozenset(s) for name, s in zip("ABC", params[1:])}
