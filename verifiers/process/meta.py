"""Meta-reasoning tags, and rules that say when one was earned (row C20, RLVMR).

An agent may say what kind of thinking a turn is: `<planning>`, `<explore>`, `<reflection>` or
`<monitor>`, at most one per turn, with some content. What it says about itself proves nothing; a
tag is earned by what it *does*:

    planning    the episode succeeds, and there was something to plan: the first turn, or the turn
                after a failure or a newly reached subgoal; the plan is not a repeated one
    explore     the action worked, and it is new: this action in this state (or, without state
                keys, this action at all), and the state it led to, where known
    reflection  the turn before failed, this action is another one, and it worked; a failure can
                be reflected on once
    monitor     the content is `done: a, b, …` and names exactly the subgoals reached so far, and
                there are more of them than when this was last earned

A turn with two tags, an empty, nested or unclosed one earns nothing, however often it is repeated.

Evidence: C, read in the authors' code, for: planning earned on success, exploring if the action
did not occur before, reflecting if the previous action was invalid and this one differs. The rest
makes them stricter, because those three pay for a plan in every turn, for endless new invalid
actions, and for reflecting on the first turn. Monitoring earns nothing there. How the rewards mix
with the outcome is an advantage's matter there (tag-wise baseline); `MetaReasoning` is one choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.trajectory import Trajectory
from veragym.core.verdict import Outcome, Verdict, infra_error, unparsable, wrong
from veragym.core.verifier import Judgeable, Verifier
from veragym.verifiers.faults import Unreadable
from veragym.verifiers.process.steps import NotATrajectory, Step, steps_of
from veragym.verifiers.process.tags import folded, readable, sections


class Tag(StrEnum):
    """The four kinds of turn, by the tag's name."""

    PLANNING = "planning"
    EXPLORING = "explore"
    REFLECTING = "reflection"
    MONITORING = "monitor"


@dataclass(frozen=True)
class Credit:
    """What one turn claimed and whether it earned it.

    Attributes:
        tag: the tag of a well-formed turn, else None.
        earned: whether the rule of the tag holds.
        reason: why, or why not.
    """

    tag: Tag | None
    earned: bool
    reason: str


@dataclass(frozen=True)
class _Read:
    tag: Tag | None
    content: str
    act: str
    fault: str


def meta_credits(steps: Sequence[Step], success: bool) -> tuple[Credit, ...]:
    """Each turn's tag and whether it was earned.

    Args:
        steps: the episode.
        success: whether it ended well.
    Returns:
        One credit per step.
    """
    reads = [_read(step.action) for step in steps]
    reached = _reached(steps)
    credits = []
    plans: set[str] = set()
    tried: set[tuple[str | None, str]] = set()
    states: set[str] = set()
    regretted: set[tuple[str | None, str]] = set()
    told = 0
    for i, (step, read) in enumerate(zip(steps, reads)):
        before = steps[i - 1] if i else None
        after = steps[i + 1].state_key if i + 1 < len(steps) else None
        pair = (step.state_key, read.act)
        if step.state_key is not None:
            states.add(step.state_key)
        earned, reason = False, read.fault
        if read.tag is Tag.PLANNING:
            occasion = before is None or before.failed or len(reached[i]) > len(reached[i - 1])
            plan = folded(read.content)
            earned = success and occasion and plan not in plans and not step.failed
            plans.add(plan)
            reason = "planned for a success" if earned else "no success, or nothing new to plan"
        elif read.tag is Tag.EXPLORING:
            # The state reached is new if it was not met before; unknown at the last turn.
            new = pair not in tried and (after is None or after not in states)
            earned = new and not step.failed
            reason = "something new was tried" if earned else "it failed, or was known already"
        elif read.tag is Tag.REFLECTING and before is not None:
            failure = (before.state_key, reads[i - 1].act)
            other = before.failed and read.act != failure[1]
            earned = other and not step.failed and failure not in regretted
            if earned:
                regretted.add(failure)
            reason = "a failure was mended" if earned else "no failure was mended"
        elif read.tag is Tag.REFLECTING:
            reason = "there is nothing to reflect on"
        elif read.tag is Tag.MONITORING:
            claim = _claimed(read.content)
            earned = claim is not None and claim == reached[i] and len(claim) > told
            if earned:
                told = len(reached[i])
            reason = "the state of affairs is right" if earned else "not the state of affairs"
        tried.add(pair)
        credits.append(Credit(read.tag, earned, reason))
    return tuple(credits)


def meta_rewards(
    credits: Sequence[Credit], *, reward: float = 0.1, cap: float = 0.5
) -> tuple[float, ...]:
    """A reward per turn for earned tags, their sum bounded.

    Args:
        credits: from `meta_credits`.
        reward: for each earned tag.
        cap: most an episode can get, so that no number of tags is worth an outcome of 1.
    Raises:
        OptionError: negative or not finite.
    """
    if not (0.0 <= reward < float("inf") and 0.0 <= cap < float("inf")):
        raise OptionError(f"reward and cap must be finite and at least 0, got {reward!r}, {cap!r}")
    left, rewards = cap, []
    for credit in credits:
        paid = min(reward, left) if credit.earned else 0.0
        rewards.append(paid)
        left -= paid
    return tuple(rewards)


def redundant_share(steps: Sequence[Step]) -> float:
    """Share of turns that repeat an action already taken in the same state (C20's metric).

    Without state keys an action repeats if it occurred before. 0 for an empty episode.
    """
    pairs = [(step.state_key, _read(step.action).act) for step in steps]
    return 1.0 - len(set(pairs)) / len(pairs) if pairs else 0.0


def recovery_rate(steps: Sequence[Step]) -> float | None:
    """Share of failures whose next turn is another action and works; None without failures."""
    acts = [_read(step.action).act for step in steps]
    after = [
        i + 1 < len(steps) and not steps[i + 1].failed and acts[i + 1] != acts[i]
        for i, step in enumerate(steps)
        if step.failed
    ]
    return sum(after) / len(after) if after else None


@dataclass(frozen=True)
class MetaReasoning(Verifier):
    """An episode's outcome together with how well its tags were earned.

    With o the recorded outcome's score and q = earned tags / tagged turns (0 without any):

        o · ((1 - weight) + weight·q)      gated: thinking aloud is paid only where it helped
        (1 - weight)·o + weight·q          otherwise, nearer to the published sum

    Turns with a malformed or second tag count as tagged and not earned.

    Args:
        weight: in [0, 1).
        gated: see above.

    The response is a `Trajectory`, whose verdict is the environment's. One that has not ended, or
    has no verdict, is `wrong`; an `infra_error` stays one.
    """

    weight: float = 0.2
    gated: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.weight, bool) or not 0.0 <= self.weight < 1.0:
            raise OptionError(f"weight must be in [0, 1), got {self.weight!r}")

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """The verdict; `parts` holds the outcome, the quality and the earned tags by kind."""
        if not isinstance(response, Trajectory):
            return unparsable(f"expected a Trajectory, got a {type(response).__name__}")
        try:
            steps = steps_of(response)
        except NotATrajectory as fault:
            return unparsable(str(fault))
        ended = response.verdict
        if ended is None:
            return wrong("the episode has no verdict: it did not end")
        if not ended.scored:
            return infra_error("the episode's outcome could not be judged")
        credits = meta_credits(steps, ended.outcome is Outcome.CORRECT)
        tagged = sum(_claims(credit) for credit in credits)
        earned = [credit.tag for credit in credits if credit.earned]
        quality = len(earned) / tagged if tagged else 0.0
        parts = {"outcome": ended.score, "quality": quality}
        parts.update({tag.value: float(earned.count(tag)) for tag in Tag})
        reason = f"{len(earned)} of {tagged} tags were earned; outcome {ended.outcome.value}"
        return _mixed(ended, quality, self.weight, self.gated, parts, reason)


def _mixed(
    ended: Verdict, quality: float, weight: float, gated: bool, parts: dict[str, float], reason: str
) -> Verdict:
    if ended.score == 1.0 and (quality == 1.0 or weight == 0.0):
        return Verdict(Outcome.CORRECT, 1.0, parts, reason)
    score = (1.0 - weight) * ended.score
    score += weight * quality * (ended.score if gated else 1.0)
    if score == 0.0:
        return Verdict(ended.outcome, 0.0, parts, reason)
    return Verdict(Outcome.PARTIAL, min(score, 1.0 - 2.0**-53), parts, reason)


_MALFORMED = "a turn takes one tag, closed and not empty"


def _read(action: str) -> _Read:
    names = [tag.value for tag in Tag]
    try:
        parsed = sections(readable(action), [*names, "action"])
    except Unreadable as fault:
        # Never equal to a well-formed turn's act, yet equal to its own repetition.
        return _Read(None, "", "unreadable: " + folded(action[:1000]), f"{_MALFORMED}: {fault}")
    acts = [content for name, content in parsed.found if name == "action"]
    act = folded(acts[0] if len(acts) == 1 else parsed.outside)
    tags = [(name, content) for name, content in parsed.found if name != "action"]
    if not tags:
        return _Read(None, "", act, "no tag")
    if len(tags) > 1 or not tags[0][1] or len(acts) > 1:
        return _Read(None, "", act, _MALFORMED)
    return _Read(Tag(tags[0][0]), tags[0][1], act, "")


def _claims(credit: Credit) -> bool:
    return credit.tag is not None or credit.reason.startswith(_MALFORMED)


def _reached(steps: Sequence[Step]) -> list[frozenset[str]]:
    """Subgoals reached before each step, from the `subgoal.<name>` parts of the ones before."""
    reached: list[frozenset[str]] = []
    so_far: frozenset[str] = frozenset()
    for step in steps:
        reached.append(so_far)
        now = {
            folded(name.removeprefix("subgoal."))
            for name, value in step.parts.items()
            if name.startswith("subgoal.") and value > 0
        }
        so_far = so_far | now
    return reached


def _claimed(content: str) -> frozenset[str] | None:
    head, colon, tail = content.partition(":")
    if not colon or folded(head) != "done":
        return None
    names = [folded(name) for name in tail.split(",")]
    if len(set(names)) != len(names) or "" in names:
        return None
    return frozenset(names)
