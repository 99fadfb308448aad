"""Stories of two to six chained steps with sentences that do not matter.

A story is a small graph of quantities. A main quantity is changed event by event; a second person's
quantity may branch off from it at any time and is joined again by the final question (total,
difference, or the second quantity alone). Sixteen settings give the words; the graph gives the
numbers. Distractors mention numbers that play no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.kinds import TRIES
from veragym.envs.text.maths.slips import enough_slips
from veragym.envs.text.maths.story_settings import SETTINGS, Setting
from veragym.envs.text.maths.tales import NAMES
from veragym.envs.text.maths.topic import Params, Topic, ramp, register

_ORDINALS = {2: "one half", 3: "one third", 4: "one quarter", 5: "one fifth", 6: "one sixth"}

# Events as tuples. Main quantity v, second quantity w (from `peer` on):
#   ("gain", n) ("lose", n) ("times", n) ("part", n) ("batch", n, k)
#   ("more", n) w = v + n   ("fewer", n) w = v - n   ("fold", n) w = n*v   ("share", n) w = v/n
#   ("peergain", n) ("peerlose", n)
# Final questions:
#   ("count",) v   ("together",) v + w   ("gap",) |v - w|   ("peer",) w
#   ("each", n) an n-th of v + w   ("worth", n) n times v + w
_PEER = ("more", "fewer", "fold", "share")


def run(start: int, events: Sequence[Params], final: Params) -> tuple[int, list[str]]:
    """The answer, and one worked line per step."""
    v, w, lines = start, 0, []
    for op, n, *rest in events:
        if op == "batch":
            lines += [
                f"{n} * {rest[0]} = {n * rest[0]}",
                f"{v} + {n * rest[0]} = {v + n * rest[0]}",
            ]
            v += n * rest[0]
        elif op == "gain":
            lines.append(f"{v} + {n} = {v + n}")
            v += n
        elif op == "lose":
            lines.append(f"{v} - {n} = {v - n}")
            v -= n
        elif op == "times":
            lines.append(f"{v} * {n} = {v * n}")
            v *= n
        elif op == "part":
            lines += [f"{v} / {n} = {v // n}", f"{v} - {v // n} = {v - v // n}"]
            v -= v // n
        elif op == "peergain":
            lines.append(f"The other: {w} + {n} = {w + n}")
            w += n
        elif op == "peerlose":
            lines.append(f"The other: {w} - {n} = {w - n}")
            w -= n
        else:
            symbol, value = {
                "more": ("+", v + n),
                "fewer": ("-", v - n),
                "fold": ("*", v * n),
                "share": ("/", v // n),
            }[op]
            lines.append(f"The other: {v} {symbol} {n} = {value}")
            w = value
    total = v + w
    if final[0] == "together":
        lines.append(f"{v} + {w} = {total}")
        return total, lines
    if final[0] == "gap":
        lines.append(f"{max(v, w)} - {min(v, w)} = {abs(v - w)}")
        return abs(v - w), lines
    if final[0] in ("peer", "count"):
        asked = w if final[0] == "peer" else v
        if not lines[-1].endswith(f"= {asked}"):
            lines.append(f"Asked for is {asked}")
        return asked, lines
    if w:
        lines.append(f"{v} + {w} = {total}")
    n = final[1]
    if final[0] == "each":
        lines.append(f"{total} / {n} = {total // n}")
        return total // n, lines
    lines.append(f"{total} * {n} = {total * n}")
    return total * n, lines


@register
class WordMultistep(Topic):
    """Chained changes of one or two quantities, told as a story."""

    name = "word_multistep"
    group = "word_problems"
    summary = "Stories of two to six chained steps, with sentences that do not matter."
    method = "Follow each quantity from sentence to sentence, and skip numbers of other things."
    phrasings = 3

    # Parameters: (setting, first name, second name, start, events, final, distractors), the
    # distractors as (position, which, number).

    def draw(self, rng: TaskRng, level: float) -> Params:
        params: Params = ()
        for _ in range(TRIES):
            params = self._story(rng, level)
            *_, start, events, final, asides = params
            answer, _ = run(start, events, final)
            told = {start, *(n for e in (*events, final) for n in e[1:]), *(a[2] for a in asides)}
            if answer not in told and answer > 1:
                break
        return params

    def _story(self, rng: TaskRng, level: float) -> Params:
        setting = rng.integers(0, len(SETTINGS))
        first, second = rng.sample(range(len(NAMES)), 2)
        start = rng.integers(8, ramp(level, 40, 150))
        steps = rng.integers(ramp(level, 2, 3), ramp(level, 4, 6))
        branch = rng.integers(0, steps) if steps > 2 or rng.integers(0, 3) == 0 else -1
        events: list[Params] = []
        v, w = start, 0
        small, big = ramp(level, 4, 7), ramp(level, 30, 120)
        closing = rng.integers(0, 3)  # 0: the question itself adds no step
        while len(events) < steps - min(1, closing):
            if len(events) == branch:
                event, w = _branch(rng, v, small, big)
            elif w and rng.integers(0, 3) == 0:
                event, w = _turn(rng, w, big)
            else:
                event, v = _change(rng, v, small, big)
            events.append(event)
        return (
            setting,
            first,
            second,
            start,
            tuple(events),
            _final(rng, v, w, closing),
            _asides(rng, level, steps),
        )

    def canonical(self, params: Params) -> Params:
        return params[3:6]

    def question(self, params: Params, phrasing: int) -> str:
        number, first, second, start, events, final, asides = params
        setting = SETTINGS[number]
        a, b = NAMES[first], NAMES[second]
        told = [setting.start[phrasing].format(a=a, n=start)]
        told += [_tell(setting, e, a, b, phrasing + i) for i, e in enumerate(events)]
        for position, which, n in asides:
            told.insert(min(position + 1, len(told)), setting.aside[which].format(a=a, n=n))
        story = " ".join(f"{text[0].upper()}{text[1:]}." for text in told)
        asked = _ask(setting, final, a, b, any(e[0] in _PEER for e in events))
        if phrasing == 0:
            return f"{story} {asked[0].upper()}{asked[1:]}?"
        if phrasing == 1:
            return f"{story} At the end of all this, {asked}?"
        return f"Read the story and say, for its end: {asked}? {story}"

    def form(self, params: Params) -> dict[str, Any]:
        return {"kind": "integer"}

    def answer(self, params: Params) -> str:
        return str(run(*params[3:6])[0])

    def steps(self, params: Params) -> Sequence[str]:
        return run(*params[3:6])[1]

    def decoys(self, params: Params) -> Sequence[str]:
        start, events, final = params[3:6]
        right, _ = run(start, events, final)
        forgotten, _ = run(start, _without(events), final)
        wrong = [forgotten, start, *(n + right for _, _, n in params[6][:1])]
        op, n = events[0][:2]
        if op in ("gain", "lose"):
            other = "lose" if op == "gain" else "gain"
            wrong.append(run(start, ((other, n), *events[1:]), final)[0])
        return enough_slips(right, [x for x in wrong if x > 0])


def _without(events: Sequence[Params]) -> Sequence[Params]:
    """The events with the last change of the main quantity left out."""
    for i in range(len(events) - 1, -1, -1):
        if events[i][0] in ("gain", "lose", "times", "part", "batch"):
            return (*events[:i], *events[i + 1 :])
    return events


def _change(rng: TaskRng, v: int, small: int, big: int) -> tuple[Params, int]:
    """An event that changes the main quantity v, and its new value; it stays positive."""
    op = rng.choice(("gain", "lose", "times", "part", "batch"))
    if op == "part":
        parts = [n for n in _ORDINALS if v % n == 0 and v > n]
        if parts:
            n = rng.choice(parts)
            return (op, n), v - v // n
        op = "lose"
    if op == "times" and v < 3000:
        n = rng.integers(2, small + 1)
        return (op, n), v * n
    if op == "batch":
        n, k = rng.integers(2, small + 3), rng.integers(3, 2 * small + 4)
        return (op, n, k), v + n * k
    if op == "lose" and v > 4:
        n = rng.integers(2, min(v - 1, 4 * big))
        return (op, n), v - n
    n = rng.integers(3, big)
    return ("gain", n), v + n


def _branch(rng: TaskRng, v: int, small: int, big: int) -> tuple[Params, int]:
    """An event that brings in a second quantity in terms of v, and its value."""
    op = rng.choice(_PEER)
    if op == "share":
        parts = [n for n in range(2, small + 2) if v % n == 0 and v > n]
        if parts:
            n = rng.choice(parts)
            return (op, n), v // n
        op = "fold"
    if op == "fold":
        n = rng.integers(2, small + 1)
        return (op, n), v * n
    if op == "fewer" and v > 4:
        n = rng.integers(2, min(v - 1, big))
        return (op, n), v - n
    n = rng.integers(2, big)
    return ("more", n), v + n


def _turn(rng: TaskRng, w: int, big: int) -> tuple[Params, int]:
    """An event that changes the second quantity."""
    if w > 4 and rng.integers(0, 2):
        n = rng.integers(2, min(w - 1, big))
        return ("peerlose", n), w - n
    n = rng.integers(2, big)
    return ("peergain", n), w + n


def _final(rng: TaskRng, v: int, w: int, closing: int) -> Params:
    if not closing:
        return ("peer",) if w and rng.integers(0, 2) else ("count",)
    total = v + w
    options: list[Params] = [("worth", rng.integers(2, 9))]
    if w:
        options += [("together",), ("gap",)] if v != w else [("together",)]
    shares = [n for n in range(2, 10) if total % n == 0 and total > n]
    if shares:
        options.append(("each", rng.choice(shares)))
    return rng.choice(options)


def _asides(rng: TaskRng, level: float, steps: int) -> Params:
    count = min(3, rng.integers(0, 1 + ramp(level, 1, 3)))
    which = rng.sample(range(3), count)
    return tuple((rng.integers(0, steps), i, rng.integers(3, 90)) for i in which)


def _tell(setting: Setting, event: Params, a: str, b: str, variant: int) -> str:
    op, n, *rest = event
    if op in ("gain", "lose"):
        wordings = setting.gain if op == "gain" else setting.lose
        return wordings[variant % 2].format(a=a, n=n)
    if op == "times":
        return setting.times.format(a=a, n=n)
    if op == "part":
        return setting.part.replace("one {n}th", _ORDINALS[n]).format(a=a)
    if op == "batch":
        return setting.batch.format(a=a, n=n, k=rest[0])
    things = setting.things
    if op == "more":
        return f"at this point {b} has {n} more {things} than {a}"
    if op == "fewer":
        return f"at this point {b} has {n} fewer {things} than {a}"
    if op == "fold":
        return f"at this point {b} has {n} times as many {things} as {a}"
    if op == "share":
        return f"at this point {b} has only {_share(n)} of the number of {things} that {a} has"
    if op == "peergain":
        return f"{b} then gets {n} more {things} from elsewhere"
    return f"{b} then loses {n} {things}"


def _share(n: int) -> str:
    return _ORDINALS.get(n) or f"1/{n}"


def _ask(setting: Setting, final: Params, a: str, b: str, two: bool) -> str:
    things = setting.things
    who = f"{a} and {b} together" if two else a
    if final[0] == "each":
        return (
            f"how many {things} make one part, if all {things} of {who} are divided equally into "
            f"{final[1]} parts"
        )
    if final[0] == "worth":
        return f"how many tokens are needed for all {things} of {who}, at {final[1]} tokens each"
    if final[0] == "gap":
        return f"by how many {things} do {a} and {b} differ"
    if final[0] == "together":
        return f"how many {things} do {who} have"
    return f"how many {things} does {b if final[0] == 'peer' else a} have"
