"""Word problems read sentence by sentence, and solved again from what was read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.story_settings import SETTINGS
from veragym.envs.text.maths.tales import NAMES
from veragym.envs.text.maths.topic import TOPICS

PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6}


def problems(name: str, phrasing: int = 0, count: int = 240) -> Iterator[tuple[str, Fraction, Any]]:
    """(question, answer, parameters) over levels 0 to 1.5."""
    topic = TOPICS[name]
    for i in range(count):
        level = 1.5 * i / (count - 1)
        params = topic.draw(TaskRng.from_seed("gold", name, i), level)
        yield topic.question(params, phrasing), Fraction(topic.answer(params)), params


def numbers(text: str) -> list[Fraction]:
    return [Fraction(n) for n in re.findall(r"\d+(?:/\d+)?", text)]


# -- stories of several steps ----------------------------------------------------------------------


def pattern(template: str) -> re.Pattern[str]:
    body = re.escape(template).replace(r"one\ \{n\}th", "one (?P<part>[a-z]+)")
    for slot, match in (("a", "[A-Z][a-z]+"), ("n", "[0-9]+"), ("k", "[0-9]+")):
        first = rf"(?P<{slot}>{match})"
        pieces = body.split(rf"\{{{slot}\}}")
        body = pieces[0] + "".join(
            (first if i == 0 else rf"(?P={slot})") + piece for i, piece in enumerate(pieces[1:])
        )
    return re.compile(body, re.IGNORECASE)


def solved(text: str, setting: int) -> int:
    """Follows the sentences of a story; anything not understood is an error."""
    words = SETTINGS[setting]
    things = words.things
    sentences = [s for s in re.split(r"(?<=[.?]) ", text) if s]
    question = next(s for s in sentences if s.endswith("?"))
    story = [s.rstrip(".") for s in sentences if s != question]
    kinds = [
        *(("start", t) for t in words.start),
        *(("gain", t) for t in words.gain),
        *(("lose", t) for t in words.lose),
        ("times", words.times),
        ("part", words.part),
        ("batch", words.batch),
        *(("aside", t) for t in words.aside),
    ]
    main = other = 0
    for sentence in story:
        name = "[A-Z][a-z]+"
        if m := re.fullmatch(
            rf"At this point {name} has (?:(\d+) (more|fewer|times)|only (.*) of the number)(.*)",
            sentence,
        ):
            if m[3]:
                share = m[3].split()[-1]
                n = PARTS.get(share) or int(share.split("/")[1])
                assert main % n == 0
                other = main // n
            else:
                n = int(m[1])
                other = {"more": main + n, "fewer": main - n, "times": main * n}[m[2]]
            continue
        if m := re.fullmatch(rf"{name} then (gets|loses) (\d+) (?:more )?{things}.*", sentence):
            other += int(m[2]) if m[1] == "gets" else -int(m[2])
            continue
        found = [(kind, m) for kind, t in kinds if (m := pattern(t).fullmatch(sentence))]
        assert len(found) == 1, (sentence, found)
        kind, m = found[0]
        if kind == "start":
            main = int(m["n"])
        elif kind == "gain":
            main += int(m["n"])
        elif kind == "lose":
            main -= int(m["n"])
        elif kind == "times":
            main *= int(m["n"])
        elif kind == "part":
            assert main % PARTS[m["part"]] == 0
            main -= main // PARTS[m["part"]]
        elif kind == "batch":
            main += int(m["n"]) * int(m["k"])
        assert main > 0 and other >= 0, text
    both = main + other
    if m := re.search(r"divided equally into (\d+) parts", question):
        assert both % int(m[1]) == 0
        return both // int(m[1])
    if m := re.search(r"at (\d+) tokens each", question):
        return both * int(m[1])
    if "differ" in question:
        return abs(main - other)
    if "together have" in question:
        return both
    asked = re.search(r"does ([A-Z][a-z]+) have", question)
    assert asked
    first = next(n for n in re.findall(r"[A-Z][a-z]+", story[0]) if n in NAMES)
    return main if asked[1] == first else other


@pytest.mark.parametrize("phrasing", [0, 1])
def test_following_a_story_sentence_by_sentence_reaches_the_answer(phrasing: int) -> None:
    for text, answer, params in problems("word_multistep", phrasing):
        assert solved(text, params[0]) == answer, text


def test_stories_have_two_to_six_steps_and_more_of_them_at_higher_levels() -> None:
    topic = TOPICS["word_multistep"]

    def steps(level: float) -> list[int]:
        drawn = [topic.draw(TaskRng.from_seed("steps", level, i), level) for i in range(300)]
        return [len(p[4]) + (p[5][0] not in ("count", "peer")) for p in drawn]

    easy, hard, beyond = steps(0.0), steps(1.0), steps(1.5)
    assert min(easy) >= 2 and max(beyond) <= 6
    assert sum(easy) < sum(hard) < sum(beyond)


def test_every_setting_and_every_sort_of_event_turns_up() -> None:
    drawn = [params for _, _, params in problems("word_multistep", count=600)]
    assert {p[0] for p in drawn} == set(range(len(SETTINGS))) and len(SETTINGS) >= 12
    assert {e[0] for p in drawn for e in p[4]} == {
        *("gain", "lose", "times", "part", "batch"),
        *("more", "fewer", "fold", "share", "peergain", "peerlose"),
    }
    assert {p[5][0] for p in drawn} == {"count", "peer", "together", "gap", "each", "worth"}
    asides = [len(p[6]) for p in drawn]
    assert sum(asides[:200]) < sum(asides[-200:])


def test_names_and_settings_are_not_part_of_a_storys_identity() -> None:
    topic = TOPICS["word_multistep"]
    params = topic.draw(TaskRng.from_seed("identity"), 0.8)
    other = ((params[0] + 1) % len(SETTINGS), 3, 4, *params[3:6], ())
    assert topic.canonical(other) == topic.canonical(params)
    assert topic.answer(other) == topic.answer(params)
    assert topic.question(other, 0) != topic.question(params, 0)


# -- classical sorts -------------------------------------------------------------------------------


def test_bills_add_up_line_by_line() -> None:
    for text, answer, (kind, *_) in problems("word_shopping"):
        n = numbers(text)
        if kind == "Change":
            *lines, paid = n
            total = sum(a * b for a, b in zip(lines[::2], lines[1::2], strict=True))
            assert paid == total + answer, text
        elif kind == "Unknown":
            bill, many, others, price = n
            assert many * price + others * answer == bill, text
        elif kind == "Discount":
            many, price, percent, *fee = n
            assert many * price * (1 - percent / 100) + sum(fee) == answer, text
        elif kind == "Tickets":
            total, money, child, adult = n
            hits = [k for k in range(int(total) + 1) if k * adult + (total - k) * child == money]
            assert hits == [answer], text
        elif kind == "Offer":
            k, price, many = n
            paid = sum(price for i in range(1, int(many) + 1) if i % k)
            assert paid == answer, text
        else:
            a, p, b, q, many = n
            assert abs(many / a * p - many / b * q) == answer and many % a == many % b == 0, text


def test_travellers_arrive_when_the_answer_says() -> None:
    for text, answer, (kind, *given) in problems("word_travel"):
        n = numbers(text)
        if kind == "Leg":
            if given[0] == 0:
                assert answer == n[0] * n[1] / 60, text
            elif given[0] == 1:
                assert n[1] * answer / 60 == n[0], text
            else:
                assert answer * n[1] / 60 == n[0], text
        elif kind == "Average":
            pairs = list(zip(n[::2], n[1::2], strict=True))
            if "km at" in text:
                way, time = sum(d for d, _ in pairs), sum(d / v for d, v in pairs)
            else:
                way, time = sum(t * v for t, v in pairs), sum(t for t, _ in pairs)
            assert answer * time == way, text
        elif kind == "Meeting":
            if "ahead" in text:
                gap, slow, fast = n
                time = answer / fast if "ridden" in text else answer
                assert gap + slow * time == fast * time, text
            else:
                gap, u, v = n
                time = answer / v if "gone" in text else answer
                assert u * time + v * time == gap, text
        elif kind == "River":
            if "still water in km/h?" in text:
                assert n[0] - answer == answer - n[1], text
            elif "current in km/h?" in text:
                assert n[0] - answer == n[1] + answer, text
            else:
                boat, current, way = n
                assert way / (boat - current) + way / (boat + current) == answer, text
        else:
            if "meets" in text:
                a, u, b, v = n
                assert u * answer + v * answer == a + b, text
            else:
                length, bridge, u = n
                assert u * answer - length == bridge, text


def test_the_work_is_done_exactly_when_the_answer_says() -> None:
    for text, answer, (kind, *_) in problems("word_work_rate"):
        n = numbers(text)
        if kind == "Together":
            signs = [1] * (len(n) - 1) + [-1 if "drain" in text else 1]
            assert sum(s * answer / h for s, h in zip(signs, n)) == 1 and answer > 0, text
        elif kind == "Crew":
            m, hours, k = n
            assert k * answer == m * hours, text
        elif kind == "Output":
            m, made, minutes, m2, minutes2 = n
            assert answer / (m2 * minutes2) == made / (m * minutes), text
        elif kind == "Alone":
            both, one = n
            assert both / one + both / answer == 1 and answer > 0, text
        else:
            a, b, k = n
            assert answer / a + (answer - k) / b == 1 and answer > k, text


def test_ages_fit_every_sentence() -> None:
    for text, answer, (kind, *given) in problems("word_ages"):
        n = numbers(text)
        assert answer.denominator == 1 and answer > 0
        if kind == "RatioSum":
            k, total = n[0], n[-1]
            extra = 0 if len(n) == 2 else n[1] * (-1 if "minus" in text else 1)
            first = re.match(r"(\w+)'s", text)
            asked = re.search(r"How old is (\w+)\?", text)
            assert first and asked
            young = total - answer if asked[1] == first[1] else answer
            assert k * young + extra + young == total, text
        elif kind == "Until":
            old, young, k = n
            assert old + answer == k * (young + answer), text
        elif kind == "TwoTimes":
            k, t, m = n
            asked_first = text.startswith(re.findall(r"How old is (\w+)", text)[0])
            young = answer / k if asked_first else answer
            assert k * young + t == m * (young + t), text
        elif kind == "Past":
            total, ago, k = n
            names = re.match(r"(\w+) and (\w+)", text)
            assert names
            young = answer if f"old is {names[2]} today" in text else total - answer
            assert total - young - ago == k * (young - ago), text
        else:
            ages: dict[str, Fraction] = {}
            for fact in text.split(". ")[0].split(", "):
                if m := re.fullmatch(r"(\w+) is (\d+) years old", fact):
                    ages[m[1]] = Fraction(m[2])
                elif m := re.fullmatch(r"(\w+) is (\d+) times as old as (\w+)", fact):
                    ages[m[1]] = int(m[2]) * ages[m[3]]
                else:
                    m = re.fullmatch(r"(\w+) is (\d+) years? (older|younger) than (\w+)", fact)
                    assert m, fact
                    sign = 1 if m[3] == "older" else -1
                    ages[m[1]] = ages[m[4]] + sign * int(m[2])
            assert len(ages) == len(given[1]) + 1
            assert min(ages.values()) > 0 and max(ages.values()) < 120
            found = sum(ages.values()) if "sum of all" in text else list(ages.values())[-1]
            assert found == answer, text
