"""The conformance kit: environments must prove that their reward can be trusted.

    from veragym.check import check
    report = check("MathRLVR-v0", seeds=200)
    assert report.passed, report.failures

Any `gymnasium.Env` can be checked: an id, a class, or a factory. What asks about tasks and verdicts
applies to a `TaskEnv`.

    conformance     `check(target)`: hears every witness and gives a `Report`; `cases` for pytest
    cases           the same as one test per witness
    modes           quick, standard, thorough
    subject         what is under test, and how another process can build it again
    verified        a verifier as what is under test, with tasks around it
    mutation/       near misses and other writings of right answers, by family
    exploits/       reward hacks, as data, one file per family
    solvers         reference solvers of graded strength
    cards, pages    the card of an environment, as Markdown and HTML
    finding         one conclusion, with evidence and a remedy
    transcript      an episode as comparable lines of text
    policies        the scripted agents: oracle, random, constant
    isolation       running something that may crash, hang or print
    second_process  the same episodes in a fresh interpreter
    clock           a shifted clock
    network         who is contacted
    witnesses/      one module per kind of proof; adding one is a file and a line
"""

from veragym.check import conformance
from veragym.check.conformance import check
from veragym.check.finding import Finding, Report
from veragym.check.subject import Plan, Subject

__all__ = ["Finding", "Plan", "Report", "Subject", "check", "conformance"]
