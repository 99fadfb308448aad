"""Answers in geometry, found again with coordinates and numbers read from the question."""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import TOPICS

Point = tuple[float, float]


def problems(name: str, count: int = 240) -> Iterator[tuple[str, str, str, Any]]:
    """(question, answer, name of the kind, its numbers) over levels 0 to 1.5."""
    topic = TOPICS[name]
    for i in range(count):
        level = 1.5 * i / (count - 1)
        params = topic.draw(TaskRng.from_seed("gold", name, i), level)
        yield topic.question(params, 0), topic.answer(params), params[0], params[1:]


def numbers(text: str) -> list[int]:
    return [int(n) for n in re.findall(r"-?\d+", text)]


def value(answer: str) -> float:
    return float(eval(answer, {"__builtins__": {}, "sqrt": math.sqrt, "pi": math.pi}))


def close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


def area(*corners: Point) -> float:
    pairs = zip(corners, (*corners[1:], corners[0]))
    return abs(sum(a * d - b * c for (a, b), (c, d) in pairs)) / 2


def angle(at: complex, a: complex, b: complex) -> float:
    """Degrees under which a and b are seen."""
    return abs(math.degrees(cmath.phase((a - at) / (b - at))))


def on_circle(degrees: float) -> complex:
    return cmath.rect(1.0, math.radians(degrees))


def test_areas_and_perimeters_agree_with_coordinates() -> None:
    for text, answer, kind, _ in problems("area_perimeter"):
        n, gold = numbers(text), value(answer)
        if kind == "Rectangle":
            if "has area" in text:
                assert close(2 * (n[1] + n[0] / n[1]), gold), text
            else:
                assert close(n[1] * (n[0] / 2 - n[1]), gold), text
        elif kind == "Flat":
            if "triangle" in text:
                found = area((0, 0), (n[0], 0), (1, n[1]))
            elif "rhombus" in text:
                found = area((n[0] / 2, 0), (0, n[1] / 2), (-n[0] / 2, 0), (0, -n[1] / 2))
            else:
                found = area((0, 0), (n[0], 0), (n[1] + 1, n[2]), (1, n[2]))
            assert close(found, gold), text
        elif kind == "Corner":
            a, b, c, d = n[:4]
            shape = [(0, 0), (a, 0), (a, b - d), (a - c, b - d), (a - c, b), (0, b)]
            around = sum(math.dist(p, q) for p, q in zip(shape, [*shape[1:], shape[0]]))
            assert close(around if "perimeter" in text else area(*shape), gold), text
        elif kind == "Path":
            a, b, w = n
            cells = np.zeros((a + 2 * w, b + 2 * w), dtype=bool)
            if "inside" in text:
                cells[w:-w, w:-w] = True
                cells[2 * w : -2 * w, 2 * w : -2 * w] = False
            else:
                cells[:] = True
                cells[w:-w, w:-w] = False
            assert cells.sum() == gold, text
        elif kind == "TrapezoidBack":
            if "height " in text:
                found = area((0, 0), (n[1], 0), (gold, n[2]), (0, n[2]))
            else:
                found = area((0, 0), (n[1], 0), (n[2], gold), (0, gold))
            assert close(found, n[0]), text
        elif "areas" in text:
            assert close((gold / n[2]) ** 2, n[1] / n[0]), text
        else:
            assert close(gold / n[2], (n[1] / n[0]) ** 2), text


def test_right_triangles_agree_with_distances() -> None:
    for text, answer, kind, _ in problems("pythagoras"):
        n, gold = numbers(text), value(answer)
        if kind == "BoxDiagonal":
            assert close(math.dist((0, 0, 0), n), gold), text
        elif kind == "Equilateral":
            side = n[0] if "side" in text.split(" What")[0] else gold
            tip = side * on_circle(60)
            if "What is its area" in text:
                assert close(area((0, 0), (side, 0), (tip.real, tip.imag)), gold), text
            else:
                assert close(tip.imag, gold if "has side" in text else n[0]), text
        elif kind == "Altitude":
            a, b = n
            foot = a * a / (a * a + b * b)  # of the way from one end of the hypotenuse
            assert close(math.hypot(a - foot * a, foot * b), gold), text
        elif "rhombus" in text:
            assert close(math.hypot(n[0] / 2, n[1] / 2), gold), text
        elif "isosceles" in text:
            assert close(math.hypot(n[0] / 2, gold), n[1]), text
        elif "ladder" in text or "other leg" in text:
            assert close(math.hypot(n[1], gold), n[0]), text
        else:
            assert close(math.hypot(*n), gold), text


def test_angles_agree_with_figures_drawn_in_coordinates() -> None:
    for text, answer, kind, given in problems("angles"):
        gold = value(answer)
        n = numbers(text)
        if kind == "Polygon":
            angles = [a for a in n if a > 4][-len(given) :]
            turned = sum(180 - a for a in [*angles, gold])
            assert close(turned, 360), text
            assert 0 < gold < 180 and angles == list(given)
        elif kind == "Isosceles":
            a = n[0]
            base, tip = {0: (a, gold), 1: (gold, a), 2: (gold, 180 - a), 3: (a, 180 - gold)}[
                given[0]
            ]
            assert close(2 * base + tip, 180) and base > 0 and tip > 0, text
        elif kind == "Clock":
            hour, minute = map(int, re.search(r"(\d+):(\d+)", text).groups())
            turns = (hour * 60 + minute) / 720, minute / 60
            hands = [on_circle(360 * t) for t in turns]
            assert close(angle(0, *hands), gold), text
        elif kind == "Transversal":
            m = re.search(r"angles measure (.*?) and (.*?) degrees\.", text)
            one, two = ([eval(e, {"x": x}) for x in range(200)] for e in (m[1], m[2]))
            sort = "co-interior" in text
            hits = [x for x in range(200) if (one[x] + two[x] == 180 if sort else one[x] == two[x])]
            assert len(hits) == 1 and 0 < one[hits[0]] < 180
            assert gold == (hits[0] if "What is x" in text else one[hits[0]]), text
        elif kind == "Ratio":
            parts = numbers(re.search(r"ratio ([\d:]+)", text)[1])
            unit = gold / max(parts)
            assert close(sum(180 - unit * p for p in parts), 360), text
        elif kind == "Regular":
            corners = [on_circle(360 * i / n[0]) for i in range(n[0])]
            if "interior" in text:
                assert close(angle(corners[0], corners[1], corners[-1]), gold), text
            else:
                assert close(angle(corners[0], corners[2], corners[3]), gold), text
        elif "BAC" in text:
            a, b = n
            left = 360 - 2 * a - 2 * b
            at = {"B": 0, "C": 2 * a, "D": 2 * a + 2 * b, "A": 2 * a + 2 * b + left / 2}
            p = {k: on_circle(v) for k, v in at.items()}
            assert close(angle(p["A"], p["B"], p["C"]), a) and close(
                angle(p["A"], p["C"], p["D"]), b
            )
            assert close(angle(p["C"], p["B"], p["D"]), gold), text
        else:
            inscribed = gold if "is angle ACB" in text else n[0]
            a, b = on_circle(0), on_circle(2 * inscribed)
            c = on_circle(2 * inscribed + 170 - inscribed)  # on the major arc
            assert close(angle(c, a, b), inscribed)
            other = n[0] if "is angle ACB" in text else gold
            assert close(angle(a, 0, b), other), text


def test_circle_measures_agree_with_floating_point() -> None:
    for text, answer, kind, given in problems("circle_measures"):
        n, gold = numbers(text), value(answer)
        if kind == "Disc":
            r = {
                "radius": n[0],
                "diameter": n[0] / 2,
                "circumference": n[0] / 2,
                "area": math.sqrt(n[0]),
            }[re.search(r"has (\w+)", text)[1]]
            found = math.pi * r * r if "its area" in text else 2 * math.pi * r
        elif kind == "Sector":
            r, t = n[0], math.radians(n[1])
            found = {"area": r * r * t / 2, "arc": r * t, "perimeter": r * t + 2 * r}[
                re.search(r"its (\w+)", text)[1]
            ]
        elif kind == "Ring":
            found = math.pi * n[1] ** 2 - math.pi * n[0] ** 2
        else:
            ask, r = given
            if ask == 0:
                found = math.pi * r + 2 * n[0]
            elif ask == 1:
                found = n[0] ** 2 - math.pi * (n[0] / 2) ** 2
            elif ask == 2:
                found = n[0] * n[1] + math.pi * (n[2] / 2) ** 2 / 2
            else:
                t = math.radians(n[1])
                found = n[0] ** 2 * (t - math.sin(t)) / 2
        assert close(found, gold), (text, answer)


def points(text: str) -> list[tuple[Fraction, Fraction]]:
    pairs = re.findall(r"\((-?[\d/]+), (-?[\d/]+)\)", text)
    return [(Fraction(a), Fraction(b)) for a, b in pairs]


def test_coordinate_answers_satisfy_what_was_asked() -> None:
    for text, answer, kind, given in problems("coordinate_geometry"):
        p = points(text)

        def on_line(x: Fraction, line: str = answer) -> Fraction:
            code = re.sub(r"(\d+)", r"F(\1)", line.removeprefix("y = "))
            return Fraction(eval(code, {"x": x, "F": Fraction, "__builtins__": {}}))

        if kind == "Distance":
            assert close(math.dist(*p[:2]), value(answer)), text
        elif kind == "Dividing":
            (x,) = points(answer)
            m, n = given[2:]
            assert m == n or f"{m}:{n}" in text
            for i in (0, 1):
                assert (x[i] - p[0][i]) * n == (p[1][i] - x[i]) * m, text
        elif kind == "TriangleArea":
            a, b, c = math.dist(p[0], p[1]), math.dist(p[1], p[2]), math.dist(p[2], p[0])
            vectors = np.array([[float(q[i] - p[0][i]) for i in (0, 1)] for q in p[1:3]])
            assert close(abs(np.linalg.det(vectors)) / 2, value(answer)), text
            assert a + b > c
        elif kind == "Mirror":
            (image,) = points(answer)
            (x, y), (u, v) = p[0], image
            if m := re.search(r"the line x = (-?\d+)", text):
                assert (x + u) / 2 == int(m[1]) and y == v, text
            elif m := re.search(r"the line y = (-?\d+)\.", text):
                assert (y + v) / 2 == int(m[1]) and x == u, text
            elif m := re.search(r"the line y = (x.*?)\.", text):
                middle = eval(m[1], {"x": (x + u) / 2})
                assert (y + v) / 2 == middle and v - y == x - u, text
            else:
                assert ((x + u) / 2, (y + v) / 2) == p[1], text
            assert image != p[0]
        elif kind == "LineThrough":
            assert on_line(p[0][0]) == p[0][1] and on_line(p[1][0]) == p[1][1], text
        elif kind == "LineThroughPoint":
            m = re.search(r"to (-?\d*)\*?x ([+-]) (\d*)\*?y = (-?\d+)\?", text)
            a, b = (int(m[1] or 1), int(m[2] + (m[3] or "1")))
            slope = on_line(Fraction(1)) - on_line(Fraction(0))
            assert on_line(p[0][0]) == p[0][1], text
            assert (a + b * slope == 0) if "parallel" in text else (b - a * slope == 0), text
        else:
            for x in (Fraction(0), Fraction(7)):
                q = (x, on_line(x))
                assert len({sum((a - b) ** 2 for a, b in zip(q, end)) for end in p[:2]}) == 1, text


def simpson(bottom: float, middle: float, top: float, height: float) -> float:
    """A volume from three sections, exact where they are at most cubic in the height."""
    return height / 6 * (bottom + 4 * middle + top)


def cone(r: float, h: float) -> float:
    return simpson(math.pi * r * r, math.pi * (r / 2) ** 2, 0, h)


def half_ball(r: float) -> float:
    return simpson(math.pi * r * r, math.pi * (r * r - r * r / 4), 0, r)


def test_solids_agree_with_integrated_sections() -> None:
    for text, answer, kind, _ in problems("solids_volume"):
        n, gold = numbers(text), value(answer)
        if kind == "Box":
            if "volume of a" in text:
                assert gold == n[0] * n[1] * n[2], text
            elif "surface area of a" in text:
                assert gold == sum(n[i] * n[j] for i in range(3) for j in range(3) if i != j), text
            elif "volume" in text:
                assert n[0] * n[1] * gold == n[2], text
            else:
                assert 2 * (n[0] * n[1] + n[0] * gold + n[1] * gold) == n[2], text
        elif kind == "Wedge":
            h, a, b = n
            if "prism" in text:
                found = simpson(a * b / 2, a * b / 2, a * b / 2, h)
            else:
                found = simpson(a * b, a / 2 * b / 2, 0, h)
            assert close(found, gold), text
        elif kind == "Round":
            r = n[0]
            if "cylinder" in text:
                found = math.pi * r * r * n[1]
            elif "cone" in text:
                found = cone(r, n[1])
            else:
                found = half_ball(r)
                found *= 2 if "sphere" in text else 1
            assert close(found, gold), text
        elif kind == "Skin":
            r = n[0]
            if "cylinder" in text:
                found = 2 * math.pi * r * n[1] + 2 * math.pi * r * r
            elif "cone" in text:
                found = math.pi * r * math.hypot(r, n[1]) + math.pi * r * r
            else:
                found = 2 * math.pi * r * r + math.pi * r * r
            assert close(found, gold), text
        elif "ball" in text:
            r, q = n
            assert close(cone(q, gold), 2 * half_ball(r)), text
        else:
            r, h, q = n
            assert close(math.pi * q * q * gold, cone(r, h)), text


def test_problems_with_and_without_a_construction_agree_with_coordinates() -> None:
    seen = set()
    for text, answer, kind, given in problems("geometry_construction", 400):
        needed, gold = given[0], value(answer)
        seen.add((kind, needed))
        n = numbers(text)
        if kind == "Trapezoid":
            a, b, c = n[:3]
            h = math.sqrt(c * c - ((b - a) / 2) ** 2) if needed else c
            found = area((0, 0), (b, 0), ((a + b) / 2, h), ((b - a) / 2, h))
        elif kind == "IsoscelesArea":
            if needed:
                c, _, base = n[:3]
                s = c + base / 2
                found = math.sqrt(s * (s - c) ** 2 * (s - base))
            else:
                found = area((0, 0), (n[0], 0), (2, n[1]))
        elif kind == "Chord":
            if not needed:
                r, d = n[:2]
                found = math.sqrt(r * r - d * d)
            elif "has a chord of length" in text:
                found = n[0] * math.cos(math.asin(n[1] / 2 / n[0]))
            else:
                found = 2 * n[0] * math.sin(math.acos(n[1] / n[0]))
        elif kind == "Tangent":
            if not needed:
                found = 2 * n[0] + 2 * n[1]
            elif "distance of P" in text:
                found = math.hypot(*n[:2])
            else:
                distance, r = n[:2]
                t = math.acos(r / distance)
                found = math.dist((distance, 0), (r * math.cos(t), r * math.sin(t)))
        elif kind == "ZigZag":
            if needed:
                a, b = (math.radians(x) for x in n[:2])
                e = 0j
                corner_a = e - cmath.rect(1, -a)  # AB points right; E lies below A
                corner_c = e - cmath.rect(1, b)
                found = angle(e, corner_a, corner_c)
                assert corner_a.imag > 0 > corner_c.imag
            else:
                found = 180 - sum(n[:2])
        elif kind == "Hexagon":
            if needed:
                a, b, c, d = n[1:5]
                w = on_circle(60)
                gap = -(a + b * w + c * w**2 + d * w**3)
                basis = np.array([[(w**4).real, (w**5).real], [(w**4).imag, (w**5).imag]])
                rest = np.linalg.solve(basis, np.array([gap.real, gap.imag]))
                assert min(rest) > 1e-9
                found = a + b + c + d + sum(rest)
            else:
                found = 2 * sum(n[:3])
        elif kind == "CommonTangent":
            r, big = n[:2]
            d = value(re.search(r"at distance (\S+)[.,]", text)[1])
            assert d > big - r
            if needed:
                t = math.acos((big - r) / d)
                normal = (math.cos(t), math.sin(t))
                found = math.dist(
                    (big * normal[0], big * normal[1]), (d + r * normal[0], r * normal[1])
                )
            else:
                found = r + d + big
        elif kind == "FourSides":
            base, long, c, d = n[:4]
            if needed:
                w = long - base
                x = (w * w + c * c - d * d) / (2 * w)
                h = math.sqrt(c * c - x * x)
                found = area((0, 0), (long, 0), (x + base, h), (x, h))
                assert close(math.dist((x + base, h), (long, 0)), d)
            else:
                found = base + long + c + d
        else:
            a, b = n[:2]
            if needed:
                third = gold
                x = (a * a + third * third - b * b) / (2 * third)
                y = math.sqrt(a * a - x * x)
                assert close(math.dist((x, y), (third / 2, 0)), n[2]), text
                continue
            found = 2 * (a + b)
        assert close(found, gold), (text, answer, found)
    assert {kind for kind, needed in seen if needed} == {
        kind for kind, needed in seen if not needed
    }


def test_every_setting_hides_whether_a_construction_is_needed() -> None:
    topic = TOPICS["geometry_construction"]
    counts = {0: 0, 1: 0}
    for i in range(400):
        params = topic.draw(TaskRng.from_seed("needed", i), i / 400)
        counts[params[1]] += 1
        named = any(step.startswith("Construction: ") for step in topic.steps(params))
        assert named == bool(params[1])
        assert topic.form(params) == {"kind": "value"}
    assert counts[0] > 80 and counts[1] > 200
