"""A judge behind an OpenAI-compatible chat endpoint, over the standard library's HTTP client.

Every failure is a `JudgeFailure`: refused connection, a status other than 200, a slow or endless
reply, a reply cut off by the token limit, a refusal. Time is bounded in total, not per packet, so a
server that drips one byte a second is cut off like one that is silent.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR, socket
from typing import Any
from urllib.parse import urlsplit

from veragym.core.errors import OptionError
from veragym.verifiers.judge.failure import JudgeFailure
from veragym.verifiers.judge.request import Request, strict_json

MAX_BODY = 1 << 20
"""Bytes of a response that are read before the server is given up."""


class _Passing(JudgeFailure):
    """A failure that may not happen again: worth another try."""


@dataclass(frozen=True)
class OpenAIBackend:
    """Asks `POST {base_url}/chat/completions`.

    The key is read from the environment when needed and is in no pickle, cache or message.
    Redirects and proxy settings are not followed.

    Args:
        base_url: e.g. `http://127.0.0.1:8000/v1`.
        model: the model's name at the endpoint.
        key_variable: environment variable that holds the key; none is sent if it is unset.
        timeout_s: seconds for one try, from connecting to the last byte.
        tries: for connection failures, timeouts and statuses 408, 429 and 5xx.
        backoff_s: seconds before the second try; doubled before each further one.
        max_tokens: of the reply.
        structured: ask the endpoint to enforce the reply's schema (`response_format`).
    Raises:
        OptionError: an argument that can never work.
    """

    base_url: str
    model: str
    key_variable: str = "VERAGYM_JUDGE_KEY"
    timeout_s: float = 60.0
    tries: int = 3
    backoff_s: float = 0.5
    max_tokens: int = 2048
    structured: bool = True

    def __post_init__(self) -> None:
        try:
            url = urlsplit(self.base_url)
            sound = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise OptionError(f"base_url must be like 'http://host:8000/v1', got {self.base_url!r}")
        if not self.model:
            raise OptionError("model must be the model's name at the endpoint, got ''")
        if not (math.isfinite(self.timeout_s) and self.timeout_s > 0):
            raise OptionError(f"timeout_s must be positive, got {self.timeout_s!r}")
        if not (math.isfinite(self.backoff_s) and self.backoff_s >= 0):
            raise OptionError(f"backoff_s must not be negative, got {self.backoff_s!r}")
        if self.tries < 1 or self.max_tokens < 1:
            raise OptionError("tries and max_tokens must be at least 1")

    @classmethod
    def from_environment(cls, **options: Any) -> OpenAIBackend:
        """The endpoint named by `VERAGYM_JUDGE_URL` and `VERAGYM_JUDGE_MODEL`.

        Raises:
            OptionError: one of the two is not set.
        """
        url, model = (os.environ.get(f"VERAGYM_JUDGE_{name}", "") for name in ("URL", "MODEL"))
        if not url or not model:
            raise OptionError("set VERAGYM_JUDGE_URL and VERAGYM_JUDGE_MODEL (and …_KEY if needed)")
        return cls(url, model, **options)

    def complete(self, request: Request, attempt: int) -> str:
        """The model's reply; see `Backend.complete`."""
        body = json.dumps(self._body(request, attempt)).encode()
        for number in range(self.tries):
            if number:
                time.sleep(self.backoff_s * 2 ** (number - 1))
            try:
                return _content(self._post(body))
            except _Passing as failure:
                last = failure
        raise JudgeFailure(f"{last} ({self.tries} tries)")

    def _body(self, request: Request, attempt: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": request.system},
                {"role": "user", "content": request.user},
            ],
            "temperature": 0,
            "seed": attempt,
            "max_tokens": self.max_tokens,
        }
        if self.structured:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "judgement", "strict": True, "schema": request.schema},
            }
        return body

    def _post(self, body: bytes) -> bytes:
        url = urlsplit(self.base_url)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        connection = kind(url.hostname or "", url.port, timeout=self.timeout_s)
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        key = os.environ.get(self.key_variable, "")
        if key:
            headers["Authorization"] = f"Bearer {key}"
        late = threading.Event()
        opened: list[socket] = []
        watch = threading.Timer(self.timeout_s, _cut, (connection, opened, late))
        watch.daemon = True
        watch.start()
        try:
            connection.connect()
            opened.append(connection.sock)
            path = f"{url.path.rstrip('/')}/chat/completions"
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            data = b"" if response.status != 200 else response.read(MAX_BODY + 1)
            short = bool(response.length) and len(data) <= MAX_BODY
        except (OSError, HTTPException, ValueError) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise _Passing(f"the judge gave no reply in {self.timeout_s:g} s") from None
            raise _Passing(f"the judge could not be asked ({type(error).__name__})") from None
        finally:
            watch.cancel()
            connection.close()
        if late.is_set():
            raise _Passing(f"the judge gave no reply in {self.timeout_s:g} s")
        # The body of an error often repeats the request: only its number is told.
        if response.status in (408, 429) or response.status >= 500:
            raise _Passing(f"the judge's endpoint answered with status {response.status}")
        if response.status != 200:
            raise JudgeFailure(
                f"the judge's endpoint answered with status {response.status}; "
                "check base_url, model and key"
            )
        if short:
            raise _Passing("the judge's reply ended early")
        if len(data) > MAX_BODY:
            raise JudgeFailure(f"the judge's endpoint sent more than {MAX_BODY} bytes")
        return data


def _cut(connection: HTTPConnection, opened: list[socket], late: threading.Event) -> None:
    late.set()
    # The connection forgets its socket once a body without a length is being read, and has none
    # in `opened` while it is still connecting.
    for sock in (*opened, connection.sock):
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(SHUT_RDWR)


def _content(data: bytes) -> str:
    """The text in a chat completion."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise JudgeFailure("the judge's endpoint sent no UTF-8") from None
    try:
        choice = strict_json(text)["choices"][0]
        content, reason = choice["message"]["content"], choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise JudgeFailure("the judge's endpoint sent no chat completion") from None
    if reason == "length":
        raise JudgeFailure("the judge's reply was cut off; raise max_tokens")
    if not isinstance(content, str) or reason not in ("stop", None):
        raise JudgeFailure("the judge gave no text (a refusal, or another kind of reply)")
    return content
