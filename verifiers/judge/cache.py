"""Answers kept on disk, so that a run can be scored again bit for bit without the endpoint.

One file per question, named by the hash of model and request. Files appear whole or not at all, and
the first answer to a question stands: when two processes ask at once, both use the same one.

A file holds the request, so it holds the task's secret: keep the folder away from agents, who could
also write verdicts into it.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from veragym.verifiers.judge.failure import JudgeFailure
from veragym.verifiers.judge.request import Request


@dataclass(frozen=True)
class AnswerCache:
    """Recorded answers in a folder, which is made when first written to."""

    folder: str | Path

    def _path(self, key: str) -> Path:
        return Path(self.folder) / key[:2] / f"{key}.json"

    def get(self, key: str) -> str | None:
        """The recorded reply, or None.

        Raises:
            JudgeFailure: there is a file and it is damaged, or it cannot be read.
        """
        try:
            data = json.loads(self._path(key).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError):
            raise JudgeFailure(
                f"the recorded answer {key[:12]} cannot be read; remove it"
            ) from None
        reply = data.get("reply") if isinstance(data, dict) else None
        if (
            not isinstance(reply, str)
            or data.get("key") != key
            or data.get("digest") != _digest(reply)
        ):
            raise JudgeFailure(f"the recorded answer {key[:12]} is damaged; remove it")
        return reply

    def put(self, key: str, model: str, request: Request, reply: str) -> str:
        """Records a reply; gives back the one that stands, which may be another's.

        Raises:
            JudgeFailure: the folder cannot be written to.
        """
        entry = {
            "key": key,
            "model": model,
            "system": request.system,
            "user": request.user,
            "reply": reply,
            "digest": _digest(reply),
        }
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(entry, file)
                    file.flush()
                    os.fsync(file.fileno())
                try:
                    os.link(name, path)  # unlike a rename, never replaces an answer that stands
                except FileExistsError:
                    standing = self.get(key)
                    return reply if standing is None else standing
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            raise JudgeFailure(
                f"the answer could not be recorded ({type(error).__name__}); check the cache folder"
            ) from None
        return reply


def _digest(reply: str) -> str:
    return sha256(reply.encode("utf-8", "surrogatepass")).hexdigest()
