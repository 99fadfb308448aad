"""Finds the one final answer a response gives.

Markers, in order of authority: `\\boxed{…}`/`\\fbox{…}`, `<answer>…</answer>`, `#### …`, a line
`Answer: …` or "final answer is …", which together must agree; then the looser "the answer is …";
then the response itself if it is one line; then the last line if it stands alone as an answer. A
phrase that is denied ("not the answer: 5", "a wrong answer is 5") offers nothing, and a short
lead-in ("so it is 0.5") is dropped from a line that is judged as a whole.

The rule never searches for the answer it hopes to find: which text is judged depends on the
response alone, and every offered answer is judged. So a policy gains nothing by offering several.
"""

from __future__ import annotations

import re
from typing import Any

from veragym.core.verifier import MAX_RESPONSE_CHARS
from veragym.verifiers.faults import Unreadable

MAX_OFFERS = 4
"""More distinct marked answers than this are not even compared."""
MAX_LAST_LINE = 2_000

_BOX = re.compile(r"\\(?:boxed|fbox)\s*")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_HASH = re.compile(r"^[ \t]*####[ \t]+(\S.*)$", re.MULTILINE)
_HEADING = re.compile(r"[^\W\d_]{4,}")
_COUNT = re.compile(r"[$\s*]*[-+]?\d[\d,./]*\s+[^\W\d_]+[\s.*]*")
_FIRM = re.compile(
    r"(?:^[ \t>*_#-]*(?:the[ ])?answer[ \t*_]*[:=]|\bfinal[ ]answer[ \t*_]*(?:is\b[ \t]*:?|[:=]))",
    re.IGNORECASE | re.MULTILINE,
)
_LOOSE = re.compile(r"\banswer[ \t*_]*(?:is\b[ \t]*:?|[:=])", re.IGNORECASE)
_DENIED = re.compile(
    r"(?:\b(?:not|never|no|nor|neither|cannot|incorrect|wrong|false|bad)|n['’]t)"
    r"(?:[ ]+(?:be|been|an?|the|my|our|your|his|her|their|its|really|actually|yet|quite|even|likely"
    r"|right|correct|final|possible|good|true))*[ \t*_\"'(]*\Z",
    re.IGNORECASE,
)
_MAX_DENIAL = 80
"""Characters before a phrase that are looked at for a denial."""
_OPENING = r"(?:(?:and|so|thus|hence|therefore|then|finally|ergo)\b[ ,:]*|∴\s*)"
_LEAD_IN = re.compile(
    rf"{_OPENING}*(?:(?:it|this|that|which|(?:the|our)[ ](?:(?:final|end|right|correct)[ ])?"
    r"(?:result|value|total|sum|product|solution|number|quantity))"
    r"[ ](?:is|equals|gives|makes|becomes|comes[ ]to)(?![^\W\d_])|(?:we|i|this|that|which)[ ]"
    r"(?:get|gets|have|find|obtain|gives|leaves|yields)(?![^\W\d_]))[ ]*:?\s*(?=\S)"
    rf"|{_OPENING}+(?=\S)",
    re.IGNORECASE,
)
_WORDY = re.compile(r"(?<![\\A-Za-z])(?:[^\W\d_]{4,}|[^\W\d_]{2,}\s+[^\W\d_]{2,}\s+[^\W\d_]{2,})")
_TEXT_COMMAND = re.compile(r"\\(?:text|mathrm|mbox|textbf|operatorname)\s*\{[^{}]*\}")
_COMMAND = re.compile(
    r"\\(?:(?:text|mathrm|mbox|textbf|operatorname|begin|end)\s*\{[^{}]*\}|[A-Za-z]+)"
)
_LONE_NUMERAL = re.compile(r"[$\s]*[-+]?\d[\d,]*(?:\.\d+)?[$\s.]*")
_SIMPLE = re.compile(r"\s*([-+]?\d{1,18})\s*\Z", re.ASCII)


def offers(response: Any, words: bool = False) -> tuple[str, ...]:
    """The distinct answers the response gives as final, in order; nearly always one.

    Args:
        response: the model's text.
        words: the answer may be words (choices, text), so words do not disqualify a last line.
    Raises:
        Unreadable: no final answer, or too many.
    """
    if not isinstance(response, str):
        raise Unreadable(f"the response is a {type(response).__name__}, not text")
    simple = _SIMPLE.match(response)
    if simple:
        return (simple.group(1),)
    if len(response) > MAX_RESPONSE_CHARS:
        raise Unreadable(f"the response is longer than {MAX_RESPONSE_CHARS} characters")
    text = _without_thinking(response).strip()
    if not text:
        raise Unreadable("the response is empty")
    found = _marked(text, words)
    if not found:
        found = [_unmarked(text, words)]
    distinct = tuple(dict.fromkeys(undressed(piece) for piece in found))
    if len(distinct) > MAX_OFFERS:
        raise Unreadable("several different final answers are given; give one")
    for piece in distinct:
        if not piece:
            raise Unreadable("the final answer is empty")
    return distinct


def _without_thinking(text: str) -> str:
    """The text outside `<think>…</think>`; a lone `</think>` closes a prefilled one."""
    lowered = text.lower() if "think>" in text[:MAX_RESPONSE_CHARS].lower() else ""
    if not lowered:
        return text
    opened, closed = lowered.find("<think>"), lowered.rfind("</think>")
    if closed < 0 or lowered.find("<think>", closed) >= 0:
        raise Unreadable("<think> is not closed, so no final answer is given")
    before = text[:opened] if 0 <= opened < closed else ""
    return before + "\n" + text[closed + len("</think>") :]


def _marked(text: str, words: bool) -> list[str]:
    """Contents of all markers of the strongest class present.

    A `#### …` line in words is a heading, unless the answer itself is to be words.
    """
    firm = _boxes(text) if "\\boxed" in text or "\\fbox" in text else []
    boxed = bool(firm)
    if "<answer>" in text or "</answer>" in text:
        firm += [piece for piece in _tags(text) if not (boxed and _BOX.search(piece))]
    if "####" in text:
        lines = [found.group(1) for found in _HASH.finditer(text)]
        plain = [line for line in lines if words or not _is_heading(line)]
        firm += [line for line in (plain or ([] if firm else lines)) if not _holds_marker(line)]
    if "nswer" in text or "NSWER" in text:
        firm += _phrases(text, _FIRM)
        if not firm:
            return _phrases(text, _LOOSE)
    return firm


def _is_heading(line: str) -> bool:
    """Whether a `#### …` line is in words; a number with one word (`7 apples`) is an answer."""
    return bool(_HEADING.search(_COMMAND.sub("", line))) and not _COUNT.fullmatch(line)


def _holds_marker(piece: str) -> bool:
    return "\\boxed" in piece or "\\fbox" in piece or "answer>" in piece


def _phrases(text: str, marker: re.Pattern[str]) -> list[str]:
    """What follows each phrase on its line (or on the next, if its own is empty)."""
    pieces = []
    for found in marker.finditer(text):
        if _DENIED.search(text[max(0, found.start() - _MAX_DENIAL) : found.start()]):
            continue
        end = text.find("\n", found.end())
        piece = text[found.end() : end if end >= 0 else len(text)].strip(" \t*_")
        if not piece and end >= 0:
            piece = text[end:].lstrip().split("\n", 1)[0].strip(" \t*_")
        if not _holds_marker(piece):
            pieces.append(piece)
        if len(pieces) > 64:
            raise Unreadable("several different final answers are given; give one")
    return pieces


def _boxes(text: str) -> list[str]:
    """Contents of every outermost box, braces balanced."""
    pieces: list[str] = []
    position = 0
    while found := _BOX.search(text, position):
        start = found.end()
        if not text.startswith("{", start):
            piece = text[start : start + 1]
            if not piece.isalnum():
                raise Unreadable("\\boxed is not followed by {…}")
            pieces.append(piece)
            position = start + 1
            continue
        depth = 0
        for brace in _BRACE.finditer(text, start):
            depth += {"{": 1, "}": -1}.get(brace.group(), 0)
            if depth == 0:
                pieces.append(text[start + 1 : brace.start()])
                position = brace.end()
                break
        else:
            raise Unreadable("\\boxed{ is not closed")
    return pieces


def _tags(text: str) -> list[str]:
    """Contents of every <answer>…</answer>."""
    pieces: list[str] = []
    position = 0
    while (start := text.find("<answer>", position)) >= 0:
        start += len("<answer>")
        end = text.find("</answer>", start)
        if end < 0:
            raise Unreadable("<answer> is not closed")
        pieces.append(text[start:end])
        position = end + len("</answer>")
    if "</answer>" in text[position:] or not pieces:
        raise Unreadable("</answer> has no opening <answer>")
    return pieces


def _unmarked(text: str, words: bool) -> str:
    """The whole of a one-line response, or a last line that stands alone."""
    if "\n" not in text:
        return text if words else _without_lead_in(text)
    if (text.startswith("$$") and text.endswith("$$") and text.count("$$") == 2) or (
        text.startswith(("\\[", "\\begin{")) and text.count("\\]") + text.count("\\begin{") == 1
    ):
        return text.replace("\n", " ")
    head, _, last = text.rpartition("\n")
    last = last.strip() if words else _without_lead_in(last.strip())
    bare = _TEXT_COMMAND.sub("", last[:MAX_LAST_LINE])
    if len(last) > MAX_LAST_LINE or (not words and _WORDY.search(bare)):
        raise Unreadable("no final answer is marked; put it alone on the last line or in \\boxed{}")
    if words and len(last.split()) > 8:
        raise Unreadable("no final answer is marked; put it alone on the last line or in \\boxed{}")
    for line in head.split("\n"):
        if len(line) <= 64 and _LONE_NUMERAL.fullmatch(line) and line.strip() != last:
            raise Unreadable("several lines stand alone as answers; mark the final one")
    return last


def _without_lead_in(line: str) -> str:
    """The line without "so it is", "therefore", "this gives" and the like before an answer."""
    found = _LEAD_IN.match(line)
    return line[found.end() :] if found else line


_PAIRS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("`", "`"))
_WRAPPER = re.compile(
    r"\\(?:boxed|fbox|text|textbf|textit|mathbf|mathrm|mathit|mathsf|textrm|mbox|displaystyle)"
    r"\s*(?=\{)"
)


def undressed(text: str) -> str:
    """An answer without the dressing around it: `$…$`, `**…**`, `\\text{…}`, a final stop."""
    for _ in range(8):
        text = text.strip(" \t\n\r\u00a0")
        before = text
        if text.endswith((".", "。")) and not text.endswith(".."):
            text = text[:-1].rstrip()
        if text.endswith(","):
            text = text[:-1].rstrip()
        for opened, closed in _PAIRS:
            if (
                text.startswith(opened)
                and text.endswith(closed)
                and len(text) > len(opened) + len(closed)
                and opened not in text[len(opened) : -len(closed)]
                and closed not in text[len(opened) : -len(closed)]
            ):
                text = text[len(opened) : -len(closed)]
                break
        wrapper = _WRAPPER.match(text)
        if wrapper and text.endswith("}"):
            inside = text[wrapper.end() + 1 : -1]
            if _balanced(inside):
                text = inside
        text = text.removeprefix("\\displaystyle").removeprefix("\\,").removesuffix("\\,")
        if text == before:
            break
    return text


def _balanced(text: str) -> bool:
    depth = 0
    for brace in _BRACE.finditer(text):
        depth += {"{": 1, "}": -1}.get(brace.group(), 0)
        if depth < 0:
            return False
    return depth == 0
