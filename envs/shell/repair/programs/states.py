"""Things that pass through states by rules."""

# ruff: noqa: E501 - both texts of a place stand in one line
from __future__ import annotations

from veragym.envs.shell.repair.program import Program, Step, call, do, drawn, family, make, named
from veragym.envs.shell.task.template import Draw

_MACHINE = '''
"""A thing with a state."""


class <<Machine>>:
    """Goes from state to state.

    rules: [state, event, next state] each; the state "*" stands for every state without a rule of
    its own for that event.
    """

    def __init__(self, start, rules, finals=()):
        self.start = start
        self.state = start
        self.finals = list(finals)
        self.past = []
        self.rules = {}
        for state, event, after in rules:
            if ⟦arguments¦(state, event)¦(event, state)⟧ in self.rules:
                raise ValueError("two rules for one case")
            self.rules[(state, event)] = after

    def <<target>>(self, event):
        """Where an event leads from here, or None."""
        if ⟦missing case¦self.state in self.finals¦False⟧:
            return None
        own = self.rules.get((self.state, event))
        return ⟦order¦own if own is not None else self.rules.get(("*", event))¦self.rules.get(("*", event), own)⟧

    def <<fire>>(self, event):
        """Goes on and returns the new state; ValueError if the event is not possible."""
        after = self.<<target>>(event)
        if after is None:
            raise ValueError("not possible")
        ⟦order¦self.past.append(self.state)
        self.state = after¦self.state = after
        self.past.append(self.state)⟧
        return self.state

    def <<events>>(self):
        """What is possible, sorted."""
        known = {event for _, event in self.rules}
        return sorted(event for event in known if self.<<target>>(event) ⟦operator¦is not None¦!= self.state⟧)

    def <<back>>(self, steps=1):
        """Returns to an earlier state; to the start if there are not so many."""
        for _ in range(steps):
            if ⟦empty¦self.past¦len(self.past) > 1⟧:
                self.state = self.past.pop(⟦direction¦-1¦0⟧)
        return self.state

    def <<reset>>(self):
        self.state = self.start
        ⟦stale¦self.past = []¦pass⟧
        return self.state
'''
_CHECKS = '''
"""What can be said of rules."""


def <<reachable>>(start, rules):
    """Every state that can be reached, the start included, sorted."""
    found = {start}
    open_ends = [start]
    while open_ends:
        here = open_ends.pop()
        for state, _, after in rules:
            if state ⟦missing case¦in (here, "*")¦== here⟧ and after not in found:
                found.add(after)
                open_ends.append(after)
    return ⟦missing case¦sorted(found)¦sorted(found - {start})⟧


def <<dead_ends>>(rules):
    """States that no rule leads out of, sorted; none if there are rules for every state."""
    if any(state == "*" for state, _, _ in rules):
        return []
    left = {state for state, _, _ in rules}
    return sorted({⟦key¦after¦event⟧ for _, event, after in rules} - left)
'''


@family("states")
def states(d: Draw) -> Program:
    """A class and two functions."""
    n = drawn(
        d,
        machine=("machine", "flow", "process"),
        checks=("checks", "analysis", "review"),
        Machine=("Machine", "Flow", "Process"),
        target=("target", "leads_to", "after"),
        fire=("fire", "handle", "advance"),
        events=("events", "possible", "choices"),
        back=("back", "undo", "step_back"),
        reset=("reset", "restart", "begin_again"),
        reachable=("reachable", "within_reach", "states_from"),
        dead_ends=("dead_ends", "last_states", "no_way_out"),
    )
    names = d.pick(
        (
            ("new", "open", "held", "done", "lost"),
            ("draft", "sent", "paid", "closed", "void"),
            ("idle", "warm", "busy", "off", "broken"),
        )
    )
    happens = d.pick((("go", "wait", "stop", "fail"), ("push", "pull", "end", "drop")))

    def rules(d: Draw) -> list[list[str]]:
        found: dict[tuple[str, str], str] = {}
        for _ in range(d.number(4, 8)):
            found[d.pick((*names[:4], "*")), d.pick(happens)] = d.pick(names)
        return [[state, event, after] for (state, event), after in found.items()]

    def use(d: Draw) -> list[Step]:
        which = d.number(0, 5)
        some = rules(d)
        if which == 0:
            return [call(n["checks"], n["reachable"], d.pick(names), some)]
        if which == 1:
            return [call(n["checks"], n["dead_ends"], [r for r in some if r[0] != "*"])]
        if d.chance(0.12):
            again = [*some, [*some[0][:2], d.pick(names)]]
            return [make("m", n["machine"], n["Machine"], names[0], again)]
        finals = [names[3]] if d.chance(0.5) else []
        steps = [make("m", n["machine"], n["Machine"], names[0], some, finals)]
        for _ in range(d.number(2, 6)):
            kind = d.number(0, 9)
            if kind < 6:
                steps.append(do("m", n["fire"], d.pick(happens)))
            elif kind < 8:
                steps.append(do("m", n["back"], d.number(1, 3)))
            else:
                steps.append(do("m", n["reset"]))
        return [*steps, do("m", n["events"]), do("m", n["back"])]

    return Program(
        "leads things through states",
        {n["machine"]: named(_MACHINE, n), n["checks"]: named(_CHECKS, n)},
        (
            f"`{n['machine']}.{n['Machine']}(start, rules, finals=())`: rules are [state, event, "
            'next state]; the state "*" stands for every state that has no rule of its own for '
            "the event. ValueError if two rules have the same state and event.",
            f"`{n['target']}(event)`: the state an event leads to from here, or None; from a "
            "final state nothing leads on.",
            f"`{n['fire']}(event)` goes there and returns the state; ValueError where the event "
            "leads nowhere.",
            f"`{n['events']}()`: events that lead somewhere from here (it may be the same state), "
            "sorted.",
            f"`{n['back']}(steps=1)` takes back so many events, or as many as there were, and "
            "returns the state.",
            f"`{n['reset']}()` returns to the start and forgets what was before.",
            f"`{n['checks']}.{n['reachable']}(start, rules)`: all states that can be reached, the "
            "start included, sorted; final states are not regarded.",
            f"`{n['checks']}.{n['dead_ends']}(rules)`: states that rules lead to and none leads "
            'out of, sorted; none if there is a rule for "*".',
        ),
        use,
    )
