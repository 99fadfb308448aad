"""Whom to blame: what does not even repeat itself differs under every other change, too.

A draw from a generator of nobody's makes half of the witnesses report a difference, each with a
remedy that would not help. Before a difference is held against an environment, it is asked whether
an episode equals its own repeat in a new one; if not, `determinism.repeats` says so first, and the
others refer to it. (What only survives a reset does not confuse those that begin with a new one.)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from veragym.check.finding import Finding, not_applicable
from veragym.check.games import GAME_WITNESSES
from veragym.check.games import determinism as of_games
from veragym.check.isolation import isolated, unprotected
from veragym.check.sameness import ANEW
from veragym.check.subject import Plan, Subject
from veragym.check.witnesses import determinism as of_environments
from veragym.check.witnesses.witness import Witness

FIRST = "determinism.repeats"
DRAWN, READ = "determinism.global-rng-untouched", "determinism.global-rng-unread"
OWN = frozenset({"seeding", "residue"})
"""Witnesses that look at something else, whatever repeats."""


class Steadiness:
    """Asks once whether episodes repeat, when the first difference turns up."""

    def __init__(self, subject: Subject, plan: Plan, table: tuple[Witness, ...]) -> None:
        self.subject, self.plan = subject, plan
        games = table is GAME_WITNESSES
        self.repeats = of_games.repeats_anew if games else of_environments.repeats_anew
        self.asked = False
        self.culprit: Finding | None = None
        self.said = False
        self.drawn = False

    def judged(self, finding: Finding) -> Iterator[Finding]:
        """The finding, or what has to be read in its place; `determinism.repeats` only once."""
        if finding.name == FIRST:
            self.asked = True
            self.culprit = finding if finding.evidence.get(ANEW) else None
            if not self.said:
                yield finding
            return
        # Draws from the global generators are the reason itself.
        self.drawn = self.drawn or (finding.name == DRAWN and finding.passed is False)
        if finding.name == READ and self.drawn:
            yield finding
            return
        if finding.passed is not False or not _compares(finding):
            yield finding
            return
        if not self.asked:
            self.asked, self.culprit = True, self._ask()
            if self.culprit is not None:
                self.said = True
                yield self.culprit
        yield (
            finding if self.culprit is None else not_applicable(finding.name, f"see {FIRST} first")
        )

    def _ask(self) -> Finding | None:
        def work() -> Iterator[Finding]:
            found = self.repeats(self.subject, self.plan)
            if found is not None:
                yield found

        messages = isolated(work, self.plan.limit_s) if self.plan.isolate else unprotected(work)
        with closing(messages):
            for message in messages:
                if isinstance(message, Finding):
                    return Finding(FIRST, False, message.verdict, message.evidence, message.fix)
        return None


def _compares(finding: Finding) -> bool:
    return finding.name.partition(".")[0] not in OWN and "difference" in finding.evidence
