"""Gold answers of the number and algebra topics, re-derived from the words of the problem.

Each check reads the prompt as a solver would and settles the answer another way than the topic
does: brute force, the decimal module, sympy, or high-precision substitution.
"""

from __future__ import annotations

import itertools
import math
import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import mpmath
import pytest
import sympy

from veragym.core.seeding import TaskRng
from veragym.envs.text.maths.topic import TOPICS
from veragym.verifiers import grade_answer

LEVELS = (0.0, 0.3, 0.6, 0.9, 1.2, 1.5)
SEEDS = 40


def cases(name):
    topic = TOPICS[name]
    for level in LEVELS:
        for seed in range(SEEDS):
            rng = TaskRng.from_seed("gold", name, level, seed)
            params = topic.draw(rng, level)
            prompt = topic.question(params, rng.integers(0, topic.phrasings))
            yield prompt, topic.answer(params), params


def ints(text):
    return [int(n) for n in re.findall(r"\d+", text)]


def fraction_value(expression, **names):
    """Exact value of a plain expression of our own making: 2x means 2*x, ^ means a power."""
    text = re.sub(r"(\d|\))\s*(?=[a-z(])", r"\1*", expression).replace("^", "**")
    text = re.sub(r"(?<![\w.])(\d+)(?!\d)", r"Fraction(\1)", text)
    return eval(text, {"Fraction": Fraction, "abs": abs, **names})


def expression_in(prompt):
    """The longest stretch of digits, signs and brackets."""
    return max(re.findall(r"[\d(][\d+\-*/^() ]*[\d)]", prompt), key=len)


def entries(answer):
    """Top-level entries of (a, b) or {a, b}."""
    return [part.strip() for part in answer[1:-1].split(",")]


# -- arithmetic ------------------------------------------------------------------------------------


def test_products_agree_with_repeated_addition_by_digits():
    for prompt, answer, _ in cases("multiplication"):
        a, b = ints(prompt)
        total = 0
        for digit in str(b):
            total = 10 * total + sum(a for _ in range(int(digit)))
        assert total == int(answer), prompt


def test_quotient_and_remainder_rebuild_the_dividend():
    for prompt, answer, _ in cases("division_remainder"):
        n, d = ints(prompt)[:2]
        q, r = ints(answer)
        assert n == d * q + r and 0 < r < d, prompt


def test_expressions_have_the_value_that_exact_evaluation_gives_and_need_precedence():
    for prompt, answer, _ in cases("order_of_operations"):
        text = expression_in(prompt)
        assert fraction_value(text) == int(answer), prompt
        tokens = re.findall(r"\d+|[-+*/^]", text)
        leftward = tokens[0]
        for op, n in zip(tokens[1::2], tokens[2::2]):
            leftward = f"({leftward}){op}{n}"
        assert fraction_value(leftward) != int(answer), prompt


def test_decimals_agree_with_the_decimal_module():
    for prompt, answer, _ in cases("decimals"):
        a, b = (Decimal(n) for n in re.findall(r"\d+\.\d+", prompt))
        with localcontext(prec=50):
            if " + " in prompt or prompt.startswith("Add"):
                value = a + b
            elif " * " in prompt or prompt.startswith("Multiply"):
                value = a * b
            else:
                value = b - a if prompt.startswith("Subtract") else a - b
            assert value == Decimal(answer), prompt
        assert value > 0


def test_rounding_agrees_with_the_decimal_module_and_never_meets_a_tie():
    for prompt, answer, _ in cases("rounding"):
        number = Decimal(re.search(r"\d+(\.\d+)?", prompt)[0])
        if match := re.search(r"(\d+) decimal", prompt):
            exponent = -int(match[1])
        elif match := re.search(r"(\d+) significant", prompt):
            exponent = number.adjusted() + 1 - int(match[1])
        elif "whole" in prompt:
            exponent = 0
        else:
            exponent = len(re.search(r"nearest (10+)\b", prompt)[1]) - 1
        unit = Decimal(1).scaleb(exponent)
        with localcontext(prec=50):
            assert number.quantize(unit, ROUND_HALF_UP) == Decimal(answer), prompt
            assert number % unit not in (0, unit / 2)


def test_fraction_expressions_have_the_value_of_exact_evaluation_in_lowest_terms():
    for prompt, answer, _ in cases("fractions"):
        value = fraction_value(expression_in(prompt))
        assert str(value) == answer and value.denominator > 1, prompt


def test_mixed_numbers_are_added_subtracted_multiplied_and_divided_rightly():
    for prompt, answer, params in cases("mixed_numbers"):
        a, b = (
            int(w) + Fraction(int(n), int(d))
            for w, n, d in re.findall(r"(\d+) (\d+)/(\d+)", prompt)
        )
        op = params[0]
        word = {"+": "Add", "-": "Subtract", "*": "Multiply", "/": "Divide"}[op]
        assert f") {op} (" in prompt or prompt.startswith(word)
        if prompt.startswith("Subtract"):
            a, b = b, a
        value = {"+": a + b, "-": a - b, "*": a * b}.get(op)
        assert str(a / b if value is None else value) == answer, prompt


def test_shares_found_by_trying_every_size_of_one_part():
    people = ["Ann", "Ben", "Cal", "Dee", "Eve"]
    places = ["first", "second", "third", "fourth", "fifth"]
    for prompt, answer, _ in cases("ratio_sharing"):
        ratio = list(map(int, re.search(r"\d+(:\d+)+", prompt)[0].split(":")))
        rest = re.sub(r"\d+(:\d+)+", "", prompt)
        (given,) = ints(rest)
        names = people if "does" in prompt else places
        wanted = names.index(
            re.search(r"does (\w+) get|What is the (\w+)", prompt).group(
                1 if "does" in prompt else 2
            )
        )
        for part in range(1, given + 1):
            shares = [part * r for r in ratio]
            if "differ" in prompt:
                pair = re.search(
                    r"shares of (\w+) and (\w+)|the (\w+) and the (\w+) differ", prompt
                )
                x, y = (names.index(g) for g in pair.groups() if g)
                fits = abs(shares[x] - shares[y]) == given
            elif known := re.search(r"(\w+) gets \d|the (\w+) is \d", prompt):
                fits = shares[names.index(known[1] or known[2])] == given
            else:
                fits = sum(shares) == given
            if fits:
                assert shares[wanted] == int(answer), prompt
                break
        else:
            pytest.fail(f"no share fits: {prompt}")


def test_percentages_follow_from_the_numbers_in_the_words():
    up = r"increase|rises|plus|raised"
    down = r"decrease|falls|minus|lowered"
    for prompt, answer, params in cases("percentages"):
        rates = [Fraction(n) for n in re.findall(r"(\d+)(?:%| percent)", prompt)]
        others = re.findall(r"[\d.]*\d", re.sub(r"\d+(%| percent)", "", prompt))
        others = [Fraction(n) for n in others]
        signs = [1 if re.match(up, w) else -1 for w in re.findall(f"{up}|{down}", prompt.lower())]
        value = Fraction(answer.rstrip("%"))
        kind = params[0]
        if kind == "of":
            assert not signs and value == others[0] * rates[0] / 100, prompt
        elif kind == "change":
            base, after = others
            assert answer.endswith("%") and set(signs) == {1 if after > base else -1}
            assert value == abs(after - base) / base * 100, prompt
        elif kind == "after":
            assert value == others[0] * (1 + signs[0] * rates[0] / 100), prompt
        elif kind == "before":
            assert value * (1 + signs[0] * rates[0] / 100) == others[0], prompt
        else:
            first, second = (1 + s * r / 100 for s, r in zip(signs, rates))
            assert value == others[0] * first * second, prompt


SI = {
    "mm": "0.001", "cm": "0.01", "m": "1", "km": "1000",
    "mg": "0.000001", "g": "0.001", "kg": "1", "t": "1000",
    "ml": "0.001", "cl": "0.01", "l": "1",
    "s": "1", "min": "60", "h": "3600", "days": "86400",
}  # fmt: skip


def test_conversions_keep_the_amount_in_base_units():
    for prompt, answer, params in cases("unit_conversion"):
        amount, _, target = re.sub(r"[.?]$", "", prompt).rpartition(" ")
        parts = re.findall(r"([\d.]+) ([a-z]+)", amount)
        total = sum(Fraction(n) * Fraction(SI[unit]) for n, unit in parts)
        value, unit = answer.split()
        assert unit == target == params[1] and Fraction(value) * Fraction(SI[unit]) == total, prompt


def test_rates_satisfy_the_proportion_they_describe():
    for prompt, answer, params in cases("unit_rates"):
        value, shown = Fraction(answer), [Fraction(n) for n in ints(prompt)]
        kind = params[0]
        if kind == "joint":
            a, b = shown
            assert value / a + value / b == 1, prompt
            continue
        a, b, c = shown
        if kind == "price":
            assert b / a == value / c, prompt
        elif kind == "work":
            assert a * b == c * value, prompt
        elif kind == "distance":
            assert a / b == value / c, prompt
        else:
            assert a / b == c / value, prompt


# -- number theory ---------------------------------------------------------------------------------


def test_gcd_and_lcm_by_search():
    for prompt, answer, params in cases("gcd_lcm"):
        shown, right = ints(prompt), int(answer)
        assert sorted(shown) == sorted(params[1])
        if params[0] == "gcd":
            common = [d for d in sympy.divisors(min(shown)) if all(n % d == 0 for n in shown)]
            assert right == max(common), prompt
        else:
            top = multiple = max(shown)
            while any(multiple % n for n in shown):
                multiple += top
            assert right == multiple, prompt


def test_prime_factors_agree_with_sympy():
    for prompt, answer, params in cases("prime_factorisation"):
        n = ints(prompt)[0]
        factors = sympy.factorint(n)
        if params[0] == "all":
            assert ints(answer) == sorted(p for p, k in factors.items() for _ in range(k)), prompt
        else:
            right = max(factors) if params[0] == "largest" else sum(factors)
            assert int(answer) == right, prompt


def test_divisors_by_listing_them():
    for prompt, answer, _ in cases("divisor_count"):
        n = ints(prompt)[0]
        divisors = sympy.divisors(n)
        if "even" in prompt:
            right = sum(d % 2 == 0 for d in divisors)
        elif "odd" in prompt:
            right = sum(d for d in divisors if d % 2)
        elif "sum" in prompt or "add up" in prompt:
            right = sum(divisors)
        else:
            right = len(divisors)
        assert right == int(answer), prompt


def test_modular_powers_by_multiplying_one_factor_at_a_time():
    for prompt, answer, (a, k, m) in cases("modular_power"):
        assert f"{a}^{k}" in prompt and str(m) in prompt
        value = 1
        for _ in range(k):
            value = value * a % m
        assert value == int(answer), prompt


def test_congruences_by_trying_every_residue():
    for prompt, answer, (a, b, m) in cases("modular_inverse"):
        assert {a, m} <= {*ints(prompt), max(ints(prompt)) + 1}
        assert b == 1 or b in ints(prompt)
        assert [x for x in range(m) if (a * x - b) % m == 0] == [int(answer)], prompt


def test_numerals_in_both_bases_denote_one_number():
    for prompt, answer, _ in cases("base_conversion"):
        source, target = (int(n) for n in re.findall(r"[Bb]ase (\d+)", prompt))
        shown = re.search(r"(?:number|Convert|written) ([0-9A-F]+)\b", prompt)[1]
        assert int(shown, source) == int(answer, target), prompt
        assert not answer.startswith("0")


def test_digit_puzzles_by_writing_the_digits_out():
    for prompt, answer, (kind, n, k) in cases("digit_puzzles"):
        assert str(n) in prompt
        if kind == "power_sum":
            right = sum(int(c) for c in str(n**k))
        elif kind == "last_two":
            right = int(str(n**k)[-2:])
        elif kind == "zeros":
            if n <= 1000:
                text = str(math.factorial(n))
                right = len(text) - len(text.rstrip("0"))
            else:  # one zero for every factor 5, of which there are fewer than of 2
                right = sum(sympy.multiplicity(5, i) for i in range(5, n + 1, 5))
        else:
            row = "".join(map(str, range(1, n + 1)))
            right = len(row) if kind == "written" else row.count(str(k))
        assert right == int(answer), prompt


# -- algebra ---------------------------------------------------------------------------------------


def equations_in(prompt, names="x"):
    pattern = rf"[-(|\d{names}][-\d{names}^+*/()|. ]* = [-\d{names}^+*/()| ]*[\d{names})|]"
    return [m.strip() for m in re.findall(pattern, prompt)]


def sides(equation):
    return [side.strip() for side in equation.split("=")]


def test_linear_equations_hold_at_the_answer_and_not_next_to_it():
    for prompt, answer, _ in cases("linear_equation"):
        (equation,) = equations_in(prompt)
        left, right = sides(equation)
        x = Fraction(answer)
        assert fraction_value(left, x=x) == fraction_value(right, x=x), prompt
        assert fraction_value(left, x=x + 1) != fraction_value(right, x=x + 1), prompt


def test_linear_systems_hold_at_the_answer_and_have_no_other_solution():
    for prompt, answer, params in cases("linear_system"):
        names = "xyz"[: len(params)]
        values = dict(zip(names, map(Fraction, entries(answer))))
        found = equations_in(prompt, names)
        assert len(found) == len(params), prompt
        for equation in found:
            left, right = sides(equation)
            assert fraction_value(left, **values) == fraction_value(right), prompt
        rows = [row[:-1] for row in params]
        assert sympy.Matrix(rows).rank() == len(params)


X = sympy.Symbol("x")


def read(text):
    """A sympy object from our own notation."""
    return sympy.sympify(re.sub(r"(\d|\))(?=[a-zA-Z(])", r"\1*", text.replace("^", "**")))


def test_quadratics_vanish_at_two_different_answers():
    for prompt, answer, _ in cases("quadratic_equation"):
        (equation,) = equations_in(prompt)
        left, right = map(read, sides(equation))
        roots = [sympy.sympify(part) for part in entries(answer)]
        assert len(roots) == 2 and sympy.expand(roots[0] - roots[1]) != 0
        assert sympy.degree(left - right, X) == 2
        for root in roots:
            assert sympy.expand((left - right).subs(X, root)) == 0, prompt


def test_powers_and_logarithms_hold_to_forty_digits():
    with mpmath.workdps(50):
        for prompt, answer, params in cases("exponents_logs"):
            value = mpmath.mpf(Fraction(answer).numerator) / Fraction(answer).denominator
            if params[0] == "power":
                match = re.search(r"(\d+|\((\d+)/(\d+)\))\^\((-?\d+)/(\d+)\)", prompt)
                top, bottom = (match[2], match[3]) if match[2] else (match[1], 1)
                exponent = mpmath.mpf(int(match[4])) / int(match[5])
                error = (mpmath.mpf(int(top)) / int(bottom)) ** exponent / value - 1
            elif params[0] == "log":
                _, b, i, j = params
                inner = Fraction(b) ** j
                assert str(b**i) in prompt and str(inner) in prompt
                error = mpmath.log(mpmath.mpf(inner.numerator) / inner.denominator, b**i) - value
            elif params[0] == "exp":
                left, right = re.search(r"(\d+\^\(\S.*?\)) = (\d+(?:\^\(.*?\))?)", prompt).groups()
                error = 1 - power(left, value) / power(right, value)
            else:
                _, b, k, m, c = params
                assert str(b) in prompt and str(k) in prompt and str(abs(c)) in prompt
                error = mpmath.log(m * value + c, b) - k
            assert abs(error) < mpmath.mpf(10) ** -40, prompt


def power(text, x):
    base, _, exponent = text.partition("^")
    return mpmath.mpf(base) ** (eval(implicit(exponent), {"x": x}) if exponent else 1)


def implicit(text):
    return re.sub(r"(\d|\))(?=[a-z(])", r"\1*", text)


def test_radicals_agree_to_forty_digits_and_are_free_of_squares():
    with mpmath.workdps(50):
        names = {"sqrt": lambda n: mpmath.sqrt(n)}
        for prompt, answer, params in cases("radicals"):
            kind = params[0]
            if kind == "equation":
                left, right = re.search(r"(sqrt\(.*) = (-?\d+)", prompt).groups()
                assert eval(implicit(left), {**names, "x": int(answer)}) == int(right), prompt
                continue
            if kind in ("larger", "smaller"):
                (equation,) = equations_in(prompt)
                root = sympy.sympify(answer)
                poly = read(sides(equation)[0])
                assert sympy.expand(poly.subs(X, root)) == 0, prompt
                mean = -sympy.Poly(poly, X).all_coeffs()[1] / 2
                assert (root > mean) == (kind == "larger") == ("larger" in prompt)
                continue
            text = longest_radical(prompt)
            value = eval(implicit(text), names)
            a, b = (mpmath.mpf(f.numerator) / f.denominator for f in map(Fraction, entries(answer)))
            if kind == "sum":
                assert all(k == 1 for k in sympy.factorint(int(b)).values()), prompt
                assert abs(value - a * mpmath.sqrt(b)) < mpmath.mpf(10) ** -40, prompt
            else:
                d = int(re.search(r"a \+ b\*sqrt\((\d+)\)", prompt)[1])
                assert abs(value - a - b * mpmath.sqrt(d)) < mpmath.mpf(10) ** -40, prompt


def longest_radical(prompt):
    text = re.sub(r"a( \+ b)?\*sqrt\((\d+|b)\)", "", prompt)
    return max(re.findall(r"[-\d(s][-\dsqrt()*+/ ]*\)", text), key=len)


def test_complex_results_agree_with_sympy():
    for prompt, answer, _ in cases("complex_arithmetic"):
        text = re.search(r"\([-\d i+]*\).*?(?:\)|\^\d+)(?=[ ,]|$)", prompt)[0]
        if match := re.match(r"\([^()]*\)( [-+] |/|)\([^()]*\)", prompt[prompt.index("(") :]):
            text = match[0]
        problem, result = (
            sympy.sympify(implicit(t).replace("^", "**").replace("i", "I"), locals={"I": sympy.I})
            for t in (re.sub(r"\)\(", ")*(", text), answer)
        )
        difference = sympy.simplify(sympy.expand_complex(problem - result))
        assert difference == 0, (prompt, text, answer)


def test_absolute_value_equations_have_exactly_the_listed_solutions():
    for prompt, answer, (_, a, b, c, d) in cases("absolute_value_equation"):
        (equation,) = equations_in(prompt)
        left, right = (re.sub(r"\|(.*?)\|", r"abs(\1)", side) for side in sides(equation))

        def gap(x, left=left, right=right):
            text = [re.sub(r"(\d)x", r"\1*x", side) for side in (left, right)]
            return eval(text[0], {"x": x, "abs": abs}) - eval(text[1], {"x": x, "abs": abs})

        bends = sorted({Fraction(-b, a)} | ({Fraction(-d, c)} if c else set()))
        edges = [bends[0] - 10**6, *bends, bends[-1] + 10**6]
        found = set()
        for low, high in itertools.pairwise(edges):  # the gap is a straight line on each stretch
            at_low, at_high = gap(low), gap(high)
            if at_low == 0 or at_high == 0 or (at_low < 0) != (at_high < 0):
                found.add(low - at_low * (high - low) / (at_high - at_low))
        assert found == set(map(Fraction, entries(answer))), prompt


# -- polynomials -----------------------------------------------------------------------------------


def test_expansions_agree_with_sympy_and_have_no_brackets():
    for prompt, answer, _ in cases("polynomial_expand"):
        shown = max(re.findall(r"\([-\dx^+ ()]*\)(?:\^\d+)?", prompt), key=len)
        assert sympy.expand(read(shown)) == sympy.expand(read(answer)), prompt
        assert "(" not in answer
        powers = re.findall(r"x(?:\^\d+)?", answer)
        assert len(set(powers)) == len(powers)


def test_factorisations_agree_with_sympy_and_are_complete():
    for prompt, answer, _ in cases("polynomial_factor"):
        shown = max(re.findall(r"-?\d*x\^\d+[-\dx^+ ]*\d", prompt), key=len)
        content, factors = sympy.factor_list(read(shown))
        brackets = re.findall(r"\(([^()]*)\)(?:\^(\d+))?", answer)
        ours = {read(text): int(k or 1) for text, k in brackets}
        assert ours == dict(factors), prompt
        head = answer[: answer.index("(")]
        assert int(head or 1) == content, prompt


def test_polynomial_values_by_adding_up_the_terms():
    for prompt, answer, _ in cases("polynomial_value"):
        body, _, tail = re.sub(r" Give a fraction.*", "", prompt).partition(
            " at x = "
            if " at x" in prompt
            else ". What is p("
            if "What" in prompt
            else " divided by x "
        )
        text = re.sub(r"^(Evaluate|Let p\(x\) =|Find the remainder of) ", "", body)
        x = Fraction(re.search(r"-?\d+(/\d+)?", tail.replace("- ", "-").replace("+ ", ""))[0])
        if " divided by " in prompt:
            x = -x
        total = Fraction(0)
        for sign, size, letter, exponent in re.findall(r"([-+]? ?)(\d*)(x?)(?:\^(\d+))?", text):
            if size or letter:
                degree = int(exponent or 1) if letter else 0
                total += (-1 if "-" in sign else 1) * int(size or 1) * x**degree
        assert total == Fraction(answer), prompt


# -- the problem itself is not an answer -----------------------------------------------------------

RESTATED = {
    "multiplication": lambda p: "{} * {}".format(*ints(p)),
    "order_of_operations": expression_in,
    "fractions": expression_in,
    "polynomial_expand": lambda p: max(re.findall(r"\([-\dx^+ ()]*\)(?:\^\d+)?", p), key=len),
    "polynomial_factor": lambda p: max(re.findall(r"-?\d*x\^\d+[-\dx^+ ]*\d", p), key=len),
    "complex_arithmetic": lambda p: p[p.index("(") : max(p.rindex(")"), p.rfind("^") + 1) + 1],
    "modular_power": lambda p: "{}^{}".format(*re.search(r"(\d+)\^(\d+)", p).groups()),
}


@pytest.mark.parametrize("name", RESTATED)
def test_restating_the_problem_is_not_accepted_as_its_answer(name):
    topic = TOPICS[name]
    for level in (0.0, 0.5, 1.0):
        for seed in range(10):
            params = topic.draw(TaskRng.from_seed("restated", name, level, seed), level)
            given = RESTATED[name](topic.question(params, 0))
            verdict = grade_answer(topic.answer(params), f"\\boxed{{{given}}}", topic.form(params))
            assert verdict.score == 0.0, (given, topic.answer(params), verdict)
            assert verdict.outcome.name in ("WRONG", "UNPARSABLE")
