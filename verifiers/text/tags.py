"""Tagged responses: `<think>…</think><answer>…</answer>`, each exactly once, in order, closed.

Only what the policy wrote counts. Blocks of environment text (`foreign`, such as retrieved
documents), messages of other roles and a verbatim echo of the prompt are set aside before tags are
looked for, so an `<answer>` inside any of them is no answer. What looks like a declared tag and is
not one (`<Answer>`, `<answer >`, Cyrillic letters) makes the response unparsable instead of
slipping through as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veragym.core.errors import OptionError
from veragym.core.verdict import Verdict, infra_error, unparsable
from veragym.core.verifier import MAX_RESPONSE_CHARS, Judgeable, Verifier
from veragym.verifiers.faults import AnswerFault, Unreadable
from veragym.verifiers.text.contract import (
    Judge,
    TaskFault,
    TextVerifier,
    check_choice,
    conclusion,
    plain_text,
    public,
)
from veragym.verifiers.text.lookalikes import skeleton
from veragym.verifiers.text.segments import few_words

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_TAG = re.compile(r"<([^<>]{0,64})>")
_ECHO = "[prompt]"


@dataclass(frozen=True)
class TagVerifier(TextVerifier):
    """Checks the tags, and hands the content of one of them to an inner verifier.

    Reads nothing secret itself. `task.prompt`, if there is one, is recognised when echoed. The
    response is a string, or a list of `{"role", "content"}` messages of which only those of role
    `assistant` are read, one after the other.

    Parts: `format` is 1; `content` and `content.…` come from the inner verifier.

    Attributes:
        inner: judges the graded content; None if the task is about form only (`format_only`).
        tags: the tags, in order.
        graded: the tag whose content is judged; the last one if empty.
        strict: whether only whitespace may stand outside the tags.
        opened: whether the prompt already ends with the first opening tag.
        foreign: tags of environment text, set aside with all they hold.
        least_words: real words that every tag but the graded one must hold.

    Raises:
        OptionError: no tags, a name that is no tag name, a name used twice.
    """

    inner: Verifier | None = None
    tags: tuple[str, ...] = ("think", "answer")
    graded: str = ""
    strict: bool = True
    opened: bool = False
    foreign: tuple[str, ...] = ()
    least_words: int = 1

    def __post_init__(self) -> None:
        names = (*self.tags, *self.foreign)
        if isinstance(self.tags, str) or isinstance(self.foreign, str) or not self.tags:
            raise OptionError(f"tags and foreign are tuples of names, got {names!r}")
        for name in names:
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise OptionError(f"a tag name is lower-case letters, digits and _, got {name!r}")
        if len(set(names)) < len(names):
            raise OptionError(f"a tag is named twice in {names!r}")
        if self.graded and self.graded not in self.tags:
            raise OptionError(f"graded must be one of {self.tags}, got {self.graded!r}")
        check_choice("strict", self.strict, (True, False))
        check_choice("opened", self.opened, (True, False))

    def verify(self, task: Judgeable, response: Any) -> Verdict:
        """As the base class does, also for a list of messages."""
        if isinstance(response, Sequence) and not isinstance(response, (str, bytes)):
            try:
                self.judge(task)
            except (TaskFault, OptionError) as fault:
                return infra_error(f"the task cannot be judged: {fault}")
            try:
                response = _own_words(response)
            except AnswerFault as fault:
                return fault.verdict()
        return super().verify(task, response)

    def judge(self, task: Judgeable) -> Judge:
        """The inner verdict on the graded content of a well-formed response."""
        conclude = conclusion(task, self.inner, "the tags are in order")
        prompt = getattr(task, "prompt", None) or public(task).get("prompt")
        echo = prompt if isinstance(prompt, str) and _TAG.search(prompt) else ""

        def decide(text: str) -> Verdict:
            if echo:
                text = text.replace(echo.strip(), _ECHO)
            contents = self.contents(text)
            graded = contents[self.graded or self.tags[-1]]
            if not graded.strip():
                return unparsable("the graded tag is empty")
            for name, content in contents.items():
                if content is not graded and few_words(content) < self.least_words:
                    return unparsable(f"<{name}> holds fewer than {self.least_words} words")
            return conclude(graded.strip(), {"format": 1.0})

        return decide

    def contents(self, text: str) -> dict[str, str]:
        """The content of every tag, environment text taken out.

        Args:
            text: what `plain_text` passed.
        Raises:
            Unreadable: a tag is missing, repeated, unclosed, out of order or misspelt; text stands
                outside in `strict` mode; environment text inside the graded tag.
        """
        expected = [mark for name in self.tags for mark in (name, "/" + name)]
        if self.opened:
            text = f"<{expected[0]}>{text}"
        contents: dict[str, str] = {}
        pieces: list[str] = []
        step = start = resume = 0
        for found in _TAG.finditer(text):
            if found.start() < resume:
                continue
            name = self._declared(found.group(1))
            if name is None:
                continue
            if name in self.foreign:
                closing = text.find(f"</{name}>", found.end())
                if closing < 0:
                    raise Unreadable(f"<{name}> is not closed")
                if step and expected[step - 1] == (self.graded or self.tags[-1]):
                    raise Unreadable(f"<{name}> stands inside the answer")
                pieces.append(text[start : found.start()])
                start = resume = closing + len(name) + 3
                continue
            if step >= len(expected) or name != expected[step]:
                want = f"<{expected[step]}>" if step < len(expected) else "nothing more"
                raise Unreadable(f"found <{name}> where {want} was expected")
            content = "".join([*pieces, text[start : found.start()]])
            if step % 2:
                contents[expected[step - 1]] = content
            elif self.strict and content.strip():
                raise Unreadable(f"text stands before <{name}>; write inside the tags only")
            pieces, start, step = [], found.end(), step + 1
        if step < len(expected):
            raise Unreadable(f"<{expected[step]}> is missing")
        if self.strict and "".join([*pieces, text[start:]]).strip():
            raise Unreadable("text stands after the last tag; write inside the tags only")
        return contents

    def _declared(self, inside: str) -> str | None:
        """The declared tag this is, None if it is another's; refuses misspelt ones."""
        bare = inside.removeprefix("/")
        if bare in self.tags or (bare in self.foreign and bare == inside):
            return inside
        if bare in self.foreign:
            raise Unreadable(f"</{bare}> has no opening <{bare}>")
        read = skeleton(inside.replace("_", ""))
        # `</answer>` reads as one word; attributes would follow as further words.
        first = read[0] if read else frozenset()
        for name in (*self.tags, *self.foreign):
            if name.replace("_", "") in first:
                raise Unreadable(f"<{name}> is misspelt; write it in plain lower-case letters")
        return None


def _own_words(messages: Sequence[Any]) -> str:
    """What the assistant wrote, message after message."""
    texts = []
    length = 0
    for message in messages:
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise Unreadable("a list response holds {'role', 'content'} messages only")
        if message["role"] != "assistant":
            continue
        content = message.get("content")
        if content is None or content == "":
            continue  # a turn of tool calls alone
        length += len(content) if isinstance(content, str) else 0
        if length > MAX_RESPONSE_CHARS:
            raise Unreadable(f"the response is longer than {MAX_RESPONSE_CHARS} characters")
        texts.append(plain_text(content))
    if not texts:
        raise Unreadable("there is no assistant message")
    return "\n".join(texts)
