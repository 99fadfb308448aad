"""A user's own file of questions and answers as tasks: GSM8K- and MATH-style JSONL or Parquet.

Rows are served in a seeded order without repetition until all have been seen. One file is either
served whole (split `all`, the default) or divided by content hash into `train`, `test` and `ood`
like everything else; a dict of files gives the splits by hand, and a question that stands in two of
them is an error, because a test set that was trained on measures nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from veragym.core.errors import MissingExtra, OptionError, SourceError
from veragym.core.generator import Generator, split_of
from veragym.core.seeding import TaskRng
from veragym.core.task import SPLITS, Draft, Solution, Task, content_digest
from veragym.verifiers import grade_answer

ALL = "all"
REPORTED = 20
MAX_QUESTION = 60_000
"""Longer questions would not fit the observation space with their closing instruction."""


@dataclass(frozen=True, slots=True)
class Row:
    """One usable row of a file."""

    line: int
    question: str
    answer: str
    worked: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be a task."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


class FileTasks(Generator):
    """Tasks from `.jsonl` or `.parquet` files.

    Args:
        source: one file, or a dict of split (`train`, `test`, `ood`) to file.
        skip_bad: leave rows out that have no usable answer; they are listed in `bad_rows`.
        question, answer: names of the columns. The answer may be a worked solution ending in
            `#### 72` (GSM8K) or containing `\\boxed{72}` (MATH); the final answer is taken from it.

    Raises:
        SourceError: unreadable file, unknown suffix, missing column, no usable row, a row without
            a usable answer (unless `skip_bad`), or one question in two splits; with line numbers.
        MissingExtra: Parquet without pyarrow.
    """

    levelled = False

    def __init__(
        self,
        source: str | Path | Mapping[str, str | Path],
        *,
        skip_bad: bool = False,
        question: str = "question",
        answer: str = "answer",
    ) -> None:
        self.bad_rows: list[BadRow] = []
        self._last_order: tuple[tuple[str, int, int], Any] | None = None
        rows: dict[str, list[Row]] = {}
        files = list(source.values()) if isinstance(source, Mapping) else [source]
        for file in files:
            if not isinstance(file, (str, Path)) or not str(file):
                raise OptionError(f"source must be a file's path, or a dict of them; got {file!r}")
        if isinstance(source, Mapping):
            unknown = set(source) - set(SPLITS)
            if unknown or not source:
                raise OptionError(
                    f"source splits must be among {', '.join(SPLITS)}; got {list(source)}"
                )
            for split, path in source.items():
                rows[split] = self._read(Path(path), question, answer)
            _disjoint(rows)
        else:
            rows[ALL] = self._read(Path(source), question, answer)
            for row in rows[ALL]:
                rows.setdefault(split_of(row.digest), []).append(row)
        if self.bad_rows and not skip_bad:
            shown = "\n  ".join(str(bad) for bad in self.bad_rows[:REPORTED])
            more = len(self.bad_rows) - REPORTED
            if not any(rows.values()) and all("no column" in str(bad) for bad in self.bad_rows):
                raise SourceError(
                    f"{self.bad_rows[0]}; every row is like that: rename the columns to "
                    f"{question!r} and {answer!r}"
                )
            raise SourceError(
                f"{len(self.bad_rows)} rows have no usable answer; mend them, or pass "
                f"skip_bad=True to leave them out:\n  {shown}"
                + (f"\n  and {more} more" if more > 0 else "")
            )
        self._rows = {split: kept for split, kept in rows.items() if kept}
        if not self._rows:
            raise SourceError(f"no usable row in {source}")
        self.splits = tuple(self._rows)

    def __len__(self) -> int:
        """Usable rows, over all files."""
        if ALL in self._rows:
            return len(self._rows[ALL])
        return sum(map(len, self._rows.values()))

    def draw(self, rng: TaskRng, split: str, difficulty: float, seed: int, index: int) -> Draft:
        """Row number `index` of the seed's order; every pass over the file has its own order."""
        rows = self._rows[split]
        epoch, position = divmod(index, len(rows))
        order = self._order(split, seed, epoch, len(rows))
        return _draft(rows[int(order[position])])

    def sample(self, rng: TaskRng, level: float) -> Draft:
        """Any row; a file has no levels."""
        rows = next(iter(self._rows.values()))
        return _draft(rows[rng.integers(0, len(rows))])

    def solve(self, task: Task) -> Solution:
        answer, worked = task.secret["answer"], task.secret["worked"]
        steps = tuple(line for line in worked.splitlines() if line.strip())
        return Solution(answer, steps, "\n".join([*steps, f"\\boxed{{{answer}}}"]))

    def _order(self, split: str, seed: int, epoch: int, n: int) -> Any:
        # Key and order are kept as one thing: several threads may draw from one file.
        key, kept = (split, seed, epoch), self._last_order
        if kept is None or kept[0] != key:
            rng = TaskRng.from_seed("file order", split, seed, epoch)
            kept = self._last_order = (key, rng.generator.permutation(n).astype(np.int64))
        return kept[1]

    def _read(self, path: Path, question: str, answer: str) -> list[Row]:
        rows: list[Row] = []
        for line, record in _records(path):
            problem: str | None
            if isinstance(record, str):
                problem = record
            else:
                problem = _problem(record, question, answer)
            if problem is None:
                text, worked = record[question].strip(), _text(record[answer]).strip()
                final, steps = final_answer(worked)
                # The verifier itself says whether it can judge against this answer.
                verdict = grade_answer(final, f"\\boxed{{{final}}}")
                if verdict.score == 1.0:
                    digest = content_digest(f"file:{' '.join(text.split())}")
                    rows.append(Row(line, text, final, steps, digest))
                    continue
                problem = f"the answer {final!r:.80} cannot be judged ({verdict.reason})"
            self.bad_rows.append(BadRow(path.name, line, problem))
        return rows


def final_answer(worked: str) -> tuple[str, str]:
    """The final answer of a worked solution, and the working without it."""
    if "####" in worked:
        steps, _, final = worked.rpartition("####")
        return final.strip(), steps.strip()
    start = worked.rfind("\\boxed{")
    if start >= 0:
        depth, begin = 0, start + len("\\boxed{")
        for i in range(begin - 1, len(worked)):
            depth += {"{": 1, "}": -1}.get(worked[i], 0)
            if depth == 0:
                return worked[begin:i].strip(), worked[:start].strip()
    return worked, ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _problem(record: Mapping[str, Any], question: str, answer: str) -> str | None:
    for name in (question, answer):
        if name not in record:
            return f"no column {name!r} (columns: {', '.join(map(str, record))})"
        value = record[name]
        usable = isinstance(value, str) and bool(value.strip())
        if name == answer and isinstance(value, (int, float)) and not isinstance(value, bool):
            if isinstance(value, float) and not math.isfinite(value):
                # Also what a missing number becomes in a data frame.
                return f"{name} is {value!r}; a finite number or a text is needed"
            usable = True
        if not usable:
            return f"{name} is {value!r:.60}; a non-empty text is needed"
    if len(record[question]) > MAX_QUESTION:
        return f"{question} has {len(record[question]):,} characters; at most {MAX_QUESTION:,} fit"
    return None


def _draft(row: Row) -> Draft:
    return Draft(
        f"file:{' '.join(row.question.split())}",
        row.question,
        {"topic": "file", "form": {"kind": "any"}, "line": row.line},
        {"answer": row.answer, "worked": row.worked},
    )


def _disjoint(rows: Mapping[str, list[Row]]) -> None:
    seen: dict[bytes, tuple[str, int]] = {}
    clashes = []
    for split, listed in rows.items():
        for row in listed:
            other = seen.setdefault(row.digest, (split, row.line))
            if other[0] != split:
                clashes.append(f"line {other[1]} of {other[0]} = line {row.line} of {split}")
    if clashes:
        raise SourceError(
            f"{len(clashes)} questions stand in two splits; remove them from one: "
            + "; ".join(clashes[:REPORTED])
        )


def _records(path: Path) -> Iterator[tuple[int, Any]]:
    """(line number, record) pairs; the record is a string saying what is wrong, or a mapping."""
    if path.suffix not in (".jsonl", ".parquet"):
        raise SourceError(f"cannot read {path.name!r}: use a .jsonl or .parquet file")
    try:
        if path.is_file():
            path.open("rb").close()
        else:
            raise SourceError(f"there is no file {str(path)!r:.300}")
    except OSError as error:
        raise SourceError(f"cannot read {str(path)!r:.300}: {error.strerror}") from None
    if path.suffix == ".parquet":
        try:
            import pyarrow.parquet as pq
        except ImportError:
            raise MissingExtra("pyarrow", "data", "Reading Parquet") from None
        try:
            table = pq.read_table(path)
        except (OSError, ValueError) as error:
            raise SourceError(f"{path.name} is not a readable Parquet file: {error}") from error
        yield from enumerate(table.to_pylist(), 1)
        return
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if not raw.strip():
                continue
            try:
                record = json.loads(raw)
            except (UnicodeDecodeError, ValueError) as error:
                yield number, f"not valid JSON ({error})"
                continue
            except RecursionError:
                yield number, "nested too deeply"
                continue
            if not isinstance(record, dict):
                yield number, f"a JSON object is needed, got {type(record).__name__}"
                continue
            yield number, record
