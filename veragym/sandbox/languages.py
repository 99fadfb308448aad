"""Programs in Python, C and JavaScript: made ready once, then run as often as needed.

Both happen where a runner or a session says: a compiler reads what a model wrote, and has its own
ways to be made to read files, loop or fill memory. Making ready and running are two runs, so that a
program cannot pass for its compiler, and what was compiled can meet many inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from veragym.core.errors import OptionError, VeragymError
from veragym.sandbox.interface import Limits, Runner, RunnerUnavailable, RunResult, RunSpec
from veragym.sandbox.session import Session

COMPILING = Limits(
    wall_seconds=60.0, cpu_seconds=20.0, memory_bytes=1 << 30, output_bytes=32 << 20,
    file_bytes=32 << 20,
)  # fmt: skip
"""Bounds on a compiler. Its output is the program."""
_SAID = 2_000


class DoesNotCompile(VeragymError, ValueError):
    """The source is not a program of its language, or makes the compiler exceed its bounds.

    That is the source's own fault, and may be scored so. The message holds what the compiler said.
    """


@dataclass(frozen=True, slots=True)
class Language:
    """How programs of a language are made ready and run.

    Attributes:
        file: what the source is called.
        check: the command that makes it ready; it writes the program, if that is another file, to
            its standard output.
        product: name of that other file; empty if the source is what is run.
        run: the command that runs it.
        remedy: how to get compiler and interpreter.
    """

    file: str
    check: tuple[str, ...]
    product: str
    run: tuple[str, ...]
    remedy: str


_CHECK_PYTHON = "import sys; compile(open(sys.argv[1], 'rb').read(), sys.argv[1], 'exec')"
LANGUAGES: Mapping[str, Language] = {
    "python": Language(
        "main.py",
        ("python3", "-I", "-S", "-c", _CHECK_PYTHON, "main.py"),
        "",
        ("python3", "-I", "-S", "main.py"),
        "apt-get install python3",
    ),
    "c": Language(
        "main.c",
        (
            "sh", "-c",
            "command -v gcc >/dev/null || exit 127; "
            "gcc -std=c17 -O2 -o program main.c -lm </dev/null >&2 && exec cat program",
        ),
        "program",
        ("sh", "-c", 'chmod 755 program && exec ./program "$@"', "sh"),
        "apt-get install gcc libc6-dev",
    ),
    "javascript": Language(
        "main.js",
        ("node", "--check", "main.js"),
        "",
        ("node", "main.js"),
        "apt-get install nodejs",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Program:
    """A program made ready.

    Attributes:
        language: its name in `LANGUAGES`.
        files: what it consists of.
        argv: how it is run among them.
    """

    language: str
    files: Mapping[str, bytes] = field(repr=False)
    argv: tuple[str, ...]

    def run(
        self,
        place: Runner | Session,
        *,
        stdin: bytes = b"",
        args: Sequence[str] = (),
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
    ) -> RunResult:
        """Runs it once.

        Args:
            place: where. A session keeps the files, and bounds by its own limits.
            files: beside the program.
        Raises:
            RunnerUnavailable: the machinery failed.
        """
        everything = {**(files or {}), **self.files}
        spec = RunSpec((*self.argv, *args), everything, stdin, limits=limits or Limits())
        return _run(place, spec)


def prepare(place: Runner | Session, language: str, source: str | bytes) -> Program:
    """Makes a program ready.

    Args:
        place: where the compiler runs. A session's limits have to leave room for it.
        language: one of `LANGUAGES`.
    Raises:
        OptionError: an unknown language.
        DoesNotCompile: the source is at fault.
        RunnerUnavailable: the machinery failed, or the compiler is not installed there.
    """
    found = LANGUAGES.get(language)
    if found is None:
        raise OptionError(f"language must be one of {sorted(LANGUAGES)}, got {language!r:.80}")
    content = source.encode("utf-8", "replace") if isinstance(source, str) else source
    result = _run(place, RunSpec(found.check, {found.file: content}, limits=COMPILING))
    if result.exit_status == 127:
        raise RunnerUnavailable(
            f"{language} programs cannot be run: {found.check[0]!r} or its compiler is not "
            f"installed where they run; {found.remedy}"
        )
    if result.exit_status != 0:
        raise DoesNotCompile(f"the {language} source does not compile: {_complaint(result)}")
    if result.truncated:
        raise DoesNotCompile(f"the compiled {language} program is too large")
    files = {found.product: result.stdout} if found.product else {found.file: content}
    return Program(language, files, found.run)


def compile_and_run(
    place: Runner | Session,
    language: str,
    source: str | bytes,
    *,
    stdin: bytes = b"",
    args: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
    limits: Limits | None = None,
) -> RunResult:
    """`prepare` and `Program.run` in one call; see there."""
    program = prepare(place, language, source)
    return program.run(place, stdin=stdin, args=args, files=files, limits=limits)


def _run(place: Runner | Session, spec: RunSpec) -> RunResult:
    if not isinstance(place, Session):
        return place.run(spec)
    for name, content in spec.files.items():
        try:
            place.put(name, content)
        except OSError as error:
            raise RunnerUnavailable(f"{name!r} cannot be written: {error}") from error
    return place.exec(spec.argv, timeout=spec.limits.wall_seconds, stdin=spec.stdin, env=spec.env)


def _complaint(result: RunResult) -> str:
    if result.timed_out:
        return "the compiler did not come to an end"
    if result.out_of_memory:
        return "the compiler ran out of memory"
    said = result.stderr.decode("utf-8", "replace").strip()
    return said[:_SAID] or f"the compiler ended with {result.exit_status or result.signal}"
