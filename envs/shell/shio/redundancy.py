"""How much each argument of a command does, by leaving it out (A03).

Source: Ragsdale and Boppana 2025, "ShIOEnv" (arXiv 2505.18374) and its published code. For a
command u a_1 ... a_m, its execution x (exit status, output, effects) and the execution x_-i of the
same command without a_i (published), or without a run of at most three arguments around it (here):

    output-redundant(i)    for one of them: status(x_-i) = status(x), sim(out(x_-i), out(x)) >= beta
    context-redundant(i)   for one of them: status(x_-i) = status(x), effects(x_-i) = effects(x)
    R_out = 1 - |{i output-redundant}| / m
    R_ctx = 1 - |{i context-redundant}| / m, and 0 if the command has no effects
    rho   = max(R_out, R_ctx) if x succeeded (status 0), else 0

sim is 2 LCS / (|a| + |b|) over at most 8,192 characters. beta comes from N = 5 executions of the
same command: over their pairs, beta = max(0.2, max(0.2, mean - 2 std) - 0.05), with the standard
deviation of a sample.

    intermediate reward after a_t     (rho_t - rho_(t-1)) / H, or 1 / H if rho_t = rho_(t-1) = 1
    final reward                      (m / H) rho, and 1 less if x failed

H is the most arguments a command may have.

Where this deviates, and why:

- runs of up to three arguments are left out, not single ones alone: in `sort -k 1 -k 1 f` each
  argument protects its neighbour, because without either the command fails, and such padding was
  paid in full;
- arguments that repeat the run right before them are redundant: `echo x x x` prints more than
  `echo x x`, and was paid for each;
- a timeout or lack of memory is a status of its own and a failure; it used to count as success;
- context counts an argument as redundant only if the exit status stays, too: an argument without
  which the command fails does something, whatever it leaves on disk;
- effects are seen wherever the command may write, not in the working folder alone;
- output is compared as it is. The published code folds case and blanks and masks numbers to get rid
  of noise, and with that of the effect of `tr`, `expand` or `wc`. Here noise is kept out: names and
  times of files are fixed, and lines that come in no order are sorted;
- if the first two executions agree, the other three are not made: without noise beta is 0.95;
- a command whose whole output is what its utility prints about itself (`--help`, `--version`) does
  nothing to any file, and is worth 0;
- where status 1 is an answer (`diff`, `cmp`) it is no failure;
- arguments are passed as they are, without a shell: what is left out is exactly one argument.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from veragym.envs.shell.shio.lab import Execution, Lab
from veragym.envs.shell.shio.place import Place
from veragym.envs.shell.shio.similarity import similarity

NOISE_RUNS = 5
NOISE_SPREADS = 2.0
LEAST_BETA = 0.2
MARGIN = 0.05
LONGEST_RUN = 3
"""Neighbouring arguments that are left out together."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a command is worth, and why.

    Attributes:
        execution: of the whole command.
        arguments: how many it has beside the utility.
        output_redundant, context_redundant: for each argument; empty if the command failed.
        beta: likeness from which two outputs count as the same.
        itself: it only prints what the utility says about itself.
    """

    execution: Execution
    arguments: int
    output_redundant: tuple[bool, ...] = ()
    context_redundant: tuple[bool, ...] = ()
    beta: float = 1.0
    itself: bool = False

    @property
    def by_output(self) -> float:
        """R_out."""
        return _share(self.output_redundant)

    @property
    def by_context(self) -> float:
        """R_ctx."""
        return _share(self.context_redundant) if self.execution.effects else 0.0

    @property
    def irredundancy(self) -> float:
        """rho, in [0, 1]."""
        if not self.execution.succeeded or self.itself:
            return 0.0
        return max(self.by_output, self.by_context)

    @property
    def redundant(self) -> tuple[int, ...]:
        """Positions, from 0, of the arguments that do nothing by the better of the two counts."""
        flags = (
            self.context_redundant
            if self.execution.effects and self.by_context >= self.by_output
            else self.output_redundant
        )
        return tuple(i for i, flag in enumerate(flags) if flag)

    def final_reward(self, most: int) -> float:
        """The published final reward, in [-1, 1], for H = `most`."""
        reward = self.arguments / most * self.irredundancy
        return reward if self.execution.succeeded else reward - 1.0


def intermediate_reward(before: float, after: float, most: int) -> float:
    """The published reward for one more argument, from rho before and after it."""
    step = 1.0 if before == after == 1.0 else after - before
    return step / most


def _share(redundant: Sequence[bool]) -> float:
    return 1.0 - sum(redundant) / len(redundant) if redundant else 0.0


def assess(lab: Lab, place: Place, utility: str, arguments: Sequence[str]) -> Assessment:
    """Runs a command, and again without each of its arguments and each short run of them.

    Raises:
        RunnerUnavailable: the machinery failed.
    """
    return _assess(lab, place, utility, arguments, to_the_end=True)


def irreducible(lab: Lab, place: Place, utility: str, arguments: Sequence[str]) -> bool:
    """Whether rho is 1; cheaper than `assess` where it is not.

    Raises:
        RunnerUnavailable: the machinery failed.
    """
    return _assess(lab, place, utility, arguments, to_the_end=False).irredundancy == 1.0


def _assess(
    lab: Lab, place: Place, utility: str, arguments: Sequence[str], to_the_end: bool
) -> Assessment:
    whole = lab.run(place, (utility, *arguments))
    if not whole.succeeded or not arguments:
        return Assessment(whole, len(arguments))
    if not whole.effects and whole.stdout in lab.about_itself(utility):
        return Assessment(whole, len(arguments), itself=True)
    beta = noise_threshold(lab, place, (utility, *arguments), whole)
    count = len(arguments)
    by_output = repeated(arguments)
    by_context = list(by_output)
    for start, end in runs(count):
        if all(by_output[start:end]) and all(by_context[start:end]):
            continue  # nothing more can be learnt
        without = lab.run(place, (utility, *arguments[:start], *arguments[end:]))
        if without.status != whole.status:
            continue
        if similarity(without.output, whole.output) >= beta:
            by_output[start:end] = [True] * (end - start)
        if without.effects == whole.effects:
            by_context[start:end] = [True] * (end - start)
        if not to_the_end and any(by_output) and (any(by_context) or not whole.effects):
            break
    return Assessment(whole, count, tuple(by_output), tuple(by_context), beta)


def repeated(arguments: Sequence[str]) -> list[bool]:
    """Which arguments belong to a run that repeats the one right before it."""
    found = [False] * len(arguments)
    for length in range(1, LONGEST_RUN + 1):
        for i in range(length, len(arguments) - length + 1):
            if list(arguments[i - length : i]) == list(arguments[i : i + length]):
                found[i : i + length] = [True] * length
    return found


def runs(count: int) -> list[tuple[int, int]]:
    """Which arguments are left out together, as half-open ranges; single ones first, never all."""
    lengths = range(1, min(LONGEST_RUN, max(1, count - 1)) + 1)
    return [(i, i + length) for length in lengths for i in range(count - length + 1)]


def noise_threshold(lab: Lab, place: Place, argv: Sequence[str], first: Execution) -> float:
    """beta: from which likeness on two outputs of this command count as the same."""
    outputs = [first.output, lab.run(place, argv, repeat=1).output]
    if outputs[0] != outputs[1]:
        outputs += [lab.run(place, argv, repeat=i).output for i in range(2, NOISE_RUNS)]
    return threshold_of(outputs)


def threshold_of(outputs: Sequence[str]) -> float:
    """beta from the outputs of equal commands."""
    alike = [similarity(a, b) for a, b in combinations(outputs, 2)]
    spread = statistics.stdev(alike) if len(alike) > 1 else 0.0
    beta = max(LEAST_BETA, statistics.mean(alike) - NOISE_SPREADS * spread)
    return max(LEAST_BETA, beta - MARGIN)
