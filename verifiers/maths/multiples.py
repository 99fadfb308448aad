"""Judge of "give a multiple of 17 from 687 to 772": any integer there counts.

The gold is not compared. The answer must be one evaluated integer: `17 * 43` says how to find a
multiple, not what it is.
"""

from __future__ import annotations

from veragym.core.verdict import Verdict, wrong
from veragym.verifiers.maths.forms import Form
from veragym.verifiers.maths.judges import RIGHT, Judge, judge_for
from veragym.verifiers.maths.numbers import not_a_numeral
from veragym.verifiers.maths.numerals import plain, read_decimal


@judge_for("multiple")
def multiple_judge(form: Form, gold: str) -> Judge:
    """An integer numeral in the range that the divisor divides."""

    def judge(candidate: str) -> Verdict:
        text = plain(candidate)
        numeral = read_decimal(text)
        if numeral is None:
            return not_a_numeral(text, "an integer")
        value = numeral.value
        if not form.low <= value <= form.high:
            return wrong(f"the number is not in the range from {form.low} to {form.high}")
        if value % form.divisor:
            return wrong(f"the number is not a multiple of {form.divisor}")
        return RIGHT

    return judge
