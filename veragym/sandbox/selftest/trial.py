"""Attacks in fresh sessions, and what became of them.

An attack that comes through where its aspect was promised to be contained breaks the promise;
where the backend had said that it falls short there, it is only counted. An attack that would harm
the machine is not tried where nothing is promised.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from veragym.core.errors import OptionError
from veragym.sandbox.interface import RunnerUnavailable, RunResult
from veragym.sandbox.selftest import escapes, pressure
from veragym.sandbox.selftest.attack import (
    DISK_BYTES,
    INODES,
    LIMITS,
    Attack,
    CannotTell,
    Space,
    Trial,
    resident,
)
from veragym.sandbox.selftest.scene import Scene, scene
from veragym.sandbox.selftest.watch import Seen, Watch
from veragym.sandbox.session import Capabilities, Promise, Sandbox, SandboxSpec, Session

ATTACKS: tuple[Attack, ...] = (
    *escapes.FILES,
    *escapes.SECRETS,
    *escapes.PROCESSES,
    *escapes.NETWORK,
    *escapes.SESSIONS,
    *pressure.BOMBS,
    *pressure.KERNEL,
    *pressure.PROTOCOL,
)
Outcome = Literal["contained", "degraded", "not contained", "not tried", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one attack.

    Attributes:
        attack, group, tries: as in `Attack`.
        aspect: the promise it tests.
        promise: what the backend says of it.
        outcome: `degraded` is an attack that came through where the backend says so.
        reason: what came through, or why it was not tried; empty if it was kept in.
        seconds: how long it took.
    """

    attack: str
    group: str
    tries: str
    aspect: str
    promise: str
    outcome: Outcome
    reason: str
    seconds: float

    @property
    def broken(self) -> bool:
        """It came through although it was promised that it would not."""
        return self.promise == Promise.CONTAINED.value and self.outcome == "not contained"


@dataclass(frozen=True, slots=True)
class Report:
    """The attacks on one backend.

    Attributes:
        capabilities: what it promised, on this machine.
        findings: one per attack, in the order of `ATTACKS`.
    """

    capabilities: Capabilities
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """No promise was broken."""
        return not any(finding.broken for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        said = self.capabilities
        aspects = ("files", "processes", "memory", "disk", "network", "kernel")
        return {
            "backend": said.backend,
            "passed": self.passed,
            "promises": {name: getattr(said, name).value for name in aspects},
            "notes": list(said.notes),
            "attacks": [
                {
                    "name": finding.attack,
                    "group": finding.group,
                    "tries": finding.tries,
                    "aspect": finding.aspect,
                    "promise": finding.promise,
                    "outcome": finding.outcome,
                    "reason": finding.reason,
                    "seconds": round(finding.seconds, 2),
                }
                for finding in self.findings
            ],
        }


def selftest(
    sandbox: Sandbox,
    *,
    attacks: Iterable[Attack] = ATTACKS,
    on_finding: Callable[[Finding], None] = lambda finding: None,
) -> Report:
    """Attacks a backend in every way known here.

    Args:
        sandbox: the backend; it is used as a caller would use it.
        attacks: which ones.
        on_finding: told of each as it ends.
    Raises:
        RunnerUnavailable: the backend does not work here at all.
    """
    said = sandbox.capabilities()
    findings = []
    for attack in attacks:
        finding = _find(sandbox, said, attack)
        on_finding(finding)
        findings.append(finding)
    return Report(said, tuple(findings))


def _find(sandbox: Sandbox, said: Capabilities, attack: Attack) -> Finding:
    promise: Promise = getattr(said, attack.aspect)
    started = time.monotonic()

    def finding(outcome: Outcome, reason: str = "") -> Finding:
        seconds = time.monotonic() - started
        return Finding(
            attack.name,
            attack.group,
            attack.tries,
            attack.aspect,
            promise.value,
            outcome,
            reason,
            seconds,
        )

    if attack.hurts and promise is Promise.NOT_CONTAINED:
        return finding("not tried", "it would hurt this machine")
    try:
        through = try_attack(sandbox, attack)
    except CannotTell as error:
        return finding("cannot tell", str(error))
    if through is None:
        return finding("contained")
    return finding("degraded" if promise is Promise.DEGRADED else "not contained", through)


def try_attack(sandbox: Sandbox, attack: Attack) -> str | None:
    """Runs one attack in a session of its own.

    Returns:
        What came through; None if it was kept in.
    Raises:
        CannotTell: that cannot be seen from here.
    """
    with scene() as around:
        spec = SandboxSpec(
            limits=LIMITS, disk_bytes=DISK_BYTES, inodes=INODES, env=_told(around, attack)
        )
        with contextlib.closing(sandbox.open(spec)) as session:
            plain = _plain(session, around)
            space, grown = Space(), resident()
            faults: list[str] = []
            began = time.monotonic()
            with Watch(around.mark) as watch, space:
                try:
                    result = _run(session, attack, around)
                    if attack.meanwhile is not None:
                        faults += _meddle(attack.meanwhile, session, around)
                except RunnerUnavailable as error:
                    # Nothing that runs in a session may lead to this.
                    return f"it broke the machinery: {error}"
            trial = Trial(
                scene=around,
                sandbox=sandbox,
                session=session,
                result=result,
                seen=watch.seen,
                plain=plain,
                watched=plain.processes > 0,
                seconds=time.monotonic() - began,
                growth=resident() - grown,
                filled=space.most,
                faults=faults,
            )
            try:
                return attack.judge(trial)
            except RunnerUnavailable as error:
                return f"it broke the machinery: {error}"


def _told(around: Scene, attack: Attack) -> Mapping[str, str]:
    told = dict(around.targets)
    if attack.knows:
        told["TARGET_SECRET"] = around.secret
    return told


def _plain(session: Session, around: Scene) -> Seen:
    """What is seen of a process that does nothing; for longer if nothing is, on a busy machine."""
    for seconds in (0.2, 0.8, 3.2):
        with Watch(around.mark) as watch:
            session.exec(["sleep", f"{seconds}{around.mark}"], timeout=8.0)
        if watch.seen.processes:
            break
    return watch.seen


def _run(session: Session, attack: Attack, around: Scene) -> RunResult:
    if attack.language == "python":
        return session.exec(["python3", "-c", attack.program, around.mark], timeout=attack.timeout)
    if attack.language == "bash":
        words = ["bash", "-c", attack.program, "bash", around.mark]
        return session.exec(words, timeout=attack.timeout)
    if "import " in attack.program:
        session.put("attack.py", attack.program.encode())
        command = f"python3 attack.py {around.mark}"
        if attack.meanwhile is not None:
            command += " >/dev/null 2>&1 &"
        return session.shell(command, timeout=attack.timeout)
    return session.shell(attack.program, timeout=attack.timeout)


def _meddle(
    act: Callable[[Session, Scene], str | None], session: Session, around: Scene
) -> list[str]:
    """What we do while an attack runs, again and again; what came through to it."""
    end = time.monotonic() + 2.5
    found: list[str] = []
    while time.monotonic() < end and not found:
        if (said := act(session, around)) is not None:
            found.append(said)
        with contextlib.suppress(OSError):
            if any(around.secret.encode() in node.content for node in session.tree().values()):
                found.append("we were made to read a file outside as one of the session's")
    return found


def named(names: Iterable[str]) -> tuple[Attack, ...]:
    """Attacks by name.

    Raises:
        OptionError: there is none of a name.
    """
    known = {attack.name: attack for attack in ATTACKS}
    missing = [name for name in names if name not in known]
    if missing:
        raise OptionError(f"no attack is called {missing[0]!r}; there are: {', '.join(known)}")
    return tuple(known[name] for name in names)
