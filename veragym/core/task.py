"""A task: one question with everything needed to ask it, solve it and judge the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

from veragym.core.errors import OptionError

SPLITS = ("train", "test", "ood")


def content_digest(content: str) -> bytes:
    """16-byte digest of a task's canonical content; equal content means the same problem.

    Content leaves out wording, so that all paraphrases of a problem share a digest, and with it
    their split.
    """
    try:
        data = content.encode()
    except UnicodeEncodeError:  # lone surrogates, in a user's file
        data = content.encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=16).digest()


def plain_copy(value: Any) -> Any:
    """An independent copy of a value of JSON types, so that no reader can change the original."""
    kind = type(value)
    if kind is str or kind is int or kind is float:
        return value
    if kind is dict:
        return {key: plain_copy(item) for key, item in value.items()}
    if isinstance(value, Mapping):
        return plain_copy(dict(value))
    if isinstance(value, (list, tuple)):
        return [plain_copy(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Task:
    """One task. Frozen; every field is JSON-serialisable.

    Attributes:
        id: unique name, `env_id:split:seed:index:digest`.
        env_id: the registered environment it belongs to.
        seed: the stream's seed, a non-negative integer.
        split: `train`, `test` or `ood` (`all` for a user's own file served whole).
        difficulty: in [0, 1]; its meaning is the registry entry's.
        prompt: the text shown to the agent.
        public: facts that may be shown (answer form, topic, …).
        secret: what only verifier and oracle may read. Never copied into an observation, `info`,
            or a process that runs agent code.
        content_hash: hex digest of the canonical content, shared by paraphrases.
    """

    id: str
    env_id: str
    seed: int
    split: str
    difficulty: float
    prompt: str
    public: Mapping[str, Any]
    secret: Mapping[str, Any]
    content_hash: str

    def public_view(self) -> dict[str, Any]:
        """What `info["task"]` carries: identity and public facts, never the secret."""
        return {
            "id": self.id,
            "env_id": self.env_id,
            "split": self.split,
            "difficulty": self.difficulty,
            "group": self.content_hash,
            **plain_copy(self.public),
        }

    def to_json(self) -> dict[str, Any]:
        """All fields, the secret included, as JSON types. Keep it away from agents."""
        return asdict(self)

    def dumps(self) -> str:
        """One JSON line; `Task.loads` inverts it."""
        return json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Task:
        """Inverse of `to_json`.

        Raises:
            OptionError: a field is missing, unknown, or of another type than it must have.
        """
        if not isinstance(data, Mapping):
            raise OptionError(f"not a task: got {data!r:.80}. Pass the dict of Task.to_json().")
        names = set(cls.__dataclass_fields__)
        missing, unknown = names - set(data), set(data) - names
        if missing or unknown:
            raise OptionError(
                f"not a task: missing fields {sorted(missing)}, unknown fields {sorted(unknown)}. "
                "Pass a Task, or the dict that Task.to_json() gave."
            )
        for name, kind in _KINDS.items():
            if not isinstance(data[name], kind) or isinstance(data[name], bool):
                raise OptionError(
                    f"not a task: {name} is {data[name]!r:.80}. "
                    "Pass a Task, or the dict that Task.to_json() gave."
                )
        return cls(**data)

    @classmethod
    def loads(cls, line: str) -> Task:
        """Inverse of `dumps`."""
        return cls.from_json(json.loads(line))


_KINDS: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "env_id": str,
    "seed": int,
    "split": str,
    "difficulty": (int, float),
    "prompt": str,
    "public": Mapping,
    "secret": Mapping,
    "content_hash": str,
}


@dataclass(slots=True)
class Draft:
    """A generator's product before it has an identity: what to ask and what is right.

    Attributes:
        content: canonical text of the problem without its wording, e.g. `"add:[12,30]"`.
        prompt: the text to show.
        public: see `Task.public`.
        secret: see `Task.secret`.
        digest: `content_digest(content)`, where the generator has it already.
    """

    content: str
    prompt: str
    public: dict[str, Any]
    secret: dict[str, Any]
    digest: bytes | None = None


@dataclass(frozen=True, slots=True)
class DraftColumns:
    """Drafts of many tasks as columns; a row becomes a `Draft` only where one is asked for.

    Attributes:
        digests, prompts: as in `Draft`, one per row.
        answers: each row's `secret["answer"]`.
        public: what every row's `Draft.public` equals; never changed by a reader.
        draft: makes the full draft of a row.
    """

    digests: list[bytes]
    prompts: list[str]
    answers: list[str]
    public: Mapping[str, Any]
    draft: Callable[[int], Draft]


@dataclass(frozen=True, slots=True)
class Solution:
    """What the oracle knows: an answer that must score 1, and how to get there.

    Attributes:
        answer: the final answer alone.
        steps: worked steps in reading order, the answer not yet stated as final.
        response: the full text an agent would send; built from steps and answer by default.
    """

    answer: str
    steps: tuple[str, ...] = ()
    response: str = ""
