"""One test per witness, for the tests of a project that has environments of its own.

    from veragym.check import conformance

    @conformance.cases("MyEnv-v0", mode="quick")
    def test_my_env(case):
        case.prove()

pytest then shows `test_my_env[oracle]`, `test_my_env[leak]` and so on; a failure prints what was
found, how to see it again and what to change. What does not apply is skipped, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from veragym.check.finding import Report, told


@dataclass(frozen=True)
class Case:
    """One witness that has not been heard yet.

    Attributes:
        target: as `check` takes it.
        witness: its name.
        options: the other arguments of `check`.
    """

    target: Any
    witness: str
    options: dict[str, Any] = field(default_factory=dict)

    def report(self) -> Report:
        """What this witness says."""
        from veragym.check.conformance import check

        return check(self.target, witnesses=[self.witness], **self.options)

    def prove(self) -> Report:
        """Hears the witness inside a pytest test; the report, if nothing is wrong.

        Raises:
            AssertionError: it found a fault; the message is the evidence.
            pytest.skip.Exception: nothing it asks applies to this environment.
        """
        report = self.report()
        if report.failures:
            raise AssertionError("\n\n".join(map(told, report.failures)))
        if not report.passed:
            import pytest

            pytest.skip("; ".join(finding.verdict for finding in report.findings))
        return report


def cases(
    target: Any,
    *,
    witnesses: Sequence[str] | None = None,
    **options: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that runs a test once per witness, with the argument `case`.

    Args:
        target: as `check` takes it.
        witnesses: only these; all that `check` would hear if None.
        **options: the other arguments of `check`, such as `mode="quick"`.
    """
    import pytest

    from veragym.check.conformance import witnesses_of

    names = list(witnesses or witnesses_of(target, **options))
    return pytest.mark.parametrize(
        "case", [Case(target, name, dict(options)) for name in names], ids=names
    )
