"""A page as blocks, written as Markdown or as one HTML file that needs nothing else."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 6."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Text shown as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: column names, and rows of as many cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A curve through points of [0, 1] x [0, 1]; Markdown leaves it to the table beside it."""

    title: str
    points: tuple[tuple[float, float], ...]


Block = Heading | Text | Code | Table | Chart


def markdown(blocks: Sequence[Block]) -> str:
    """The page as Markdown, ending in a newline."""
    return "\n\n".join(filter(None, map(_markdown, blocks))) + "\n"


def _markdown(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"{'#' * level} {text}"
        case Text(text):
            return text
        case Code(text):
            fence = "```"
            while fence in text:
                fence += "`"
            return f"{fence}text\n{text}\n{fence}"
        case Table(columns, rows):
            lines = [columns, ("---",) * len(columns), *rows]
            return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)
        case Chart():
            return ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem;
       color: #1b1b1b; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { border: 1px solid #ccc; padding: .25rem .6rem; text-align: left; vertical-align: top; }
pre { background: #f4f4f4; padding: .6rem .8rem; overflow-x: auto; white-space: pre-wrap; }
figure { margin: 1rem 0; } figcaption { color: #555; font-size: .9rem; }
""".strip()


def page_html(blocks: Sequence[Block]) -> str:
    """The page as one HTML file; its title is the first heading."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    body = "\n".join(map(_html, blocks))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _html(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{html.escape(text)}</h{level}>"
        case Text(text):
            return f"<p>{html.escape(text)}</p>"
        case Code(text):
            return f"<pre>{html.escape(text)}</pre>"
        case Table(columns, rows):
            head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
            lines = [
                "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
                for row in rows
            ]
            return "\n".join(["<table>", f"<tr>{head}</tr>", *lines, "</table>"])
        case Chart(title, points):
            return _svg(title, points)


def _svg(title: str, points: Sequence[tuple[float, float]], width: int = 420) -> str:
    """The curve with its axes from 0 to 1."""
    height, edge = width // 2, 28
    across, up = width - 2 * edge, height - 2 * edge

    def at(x: float, y: float) -> str:
        return f"{edge + x * across:.1f},{height - edge - y * up:.1f}"

    line = " ".join(at(x, y) for x, y in points)
    dots = "".join(
        '<circle cx="{}" cy="{}" r="3" fill="#0a5"/>'.format(*at(x, y).split(","))
        for x, y in points
    )
    axes = f"{at(0, 1)} {at(0, 0)} {at(1, 0)}"
    labels = "".join(
        f'<text x="{x}" y="{y}" font-size="11" fill="#555">{text}</text>'
        for x, y, text in (
            (edge - 14, height - edge + 4, "0"),
            (edge - 14, edge + 4, "1"),
            (edge - 3, height - edge + 15, "0"),
            (width - edge - 3, height - edge + 15, "1"),
        )
    )
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{html.escape(title)}">'
        f'<polyline points="{axes}" fill="none" stroke="#999"/>'
        f'<polyline points="{line}" fill="none" stroke="#0a5" stroke-width="2"/>{dots}{labels}'
        f"</svg><figcaption>{html.escape(title)}</figcaption></figure>"
    )
