"""The demonstration's picture and page: three curves, one table, problems answered thrice."""

from __future__ import annotations

import base64
import html
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from veragym.agents.extras import require

Curves = Mapping[str, Sequence[Mapping[str, Any]]]

STYLE = {
    "warm": ("#777777", "warm start: imitation of solutions"),
    "rl": ("#0b6e4f", "reinforcement: the verifier's reward alone"),
    "control": ("#c8553d", "control: more imitation, same processor time"),
}

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Veragym demonstration</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
padding: 0 1rem }}
table {{ border-collapse: collapse }} td, th {{ padding: .3rem .8rem; border: 1px solid #ccc;
text-align: left; vertical-align: top }} pre {{ margin: 0; white-space: pre-wrap }}
.correct {{ background: #e3f4ec }} .wrong, .unparsable {{ background: #fbe9e5 }}
img {{ max-width: 100% }}
</style></head><body>
<h1>{title}</h1>
<p>A transformer of {width} channels and {layers} layers starts from random weights, imitates
{demonstrations} of <code>{env}</code>, and then improves on fresh problems through the
verifier's reward alone (<code>{preset}</code>). The control arm gets the same processor time of
further imitation. Where a problem has several right answers, imitation spreads over all of them as
the oracle does; reward teaches the policy to keep to those it is sure of.
Accuracy is measured on {episodes} problems drawn from the test split, none of which occurs in
training.</p>
<table><tr><th></th><th>sampled</th><th>95 % interval</th><th>greedy</th><th>95 % interval</th></tr>
{rows}</table>
<p>Sampled: one answer per problem at temperature 1, the policy as it acts in training; greedy: the
most likely answer. Gain through reinforcement, sampled: <b>{gain:+.1f} points</b>; through more
imitation: {control_gain:+.1f} points.</p>
<p><img alt="learning curves" src="data:image/png;base64,{picture}"></p>
<h2>The same problems, answered after each stage</h2>
<table><tr><th>problem</th><th>warm start</th><th>reinforcement</th><th>control</th></tr>
{transcripts}</table>
<h2>Settings</h2>
<p>Seed {seed}. To repeat: <code>{again}</code>. The weights after reinforcement:
<code>{judged}</code> (add <code>--temperature 1</code> for sampled answers).</p>
<pre>{config}</pre>
</body></html>
"""


def write_report(
    out: Path,
    result: Mapping[str, Any],
    curves: Curves,
    transcripts: Sequence[Mapping[str, str]],
) -> None:
    """Writes `learning_curve.png` and the self-contained `report.html` into `out`."""
    picture = out / "learning_curve.png"
    draw_curves(picture, curves)
    config = result["config"]
    page = PAGE.format(
        width=config["width"],
        layers=config["layers"],
        env=html.escape(config["env"]),
        demonstrations=f"{config['demonstrations'] or 'ever fresh'} solutions",
        preset=html.escape(config["preset"]),
        episodes=result["before"]["episodes"],
        rows="\n".join(
            _row(label, result[key])
            for label, key in (
                ("after the warm start", "before"),
                ("after reinforcement", "after"),
                ("after more imitation", "control"),
            )
        ),
        gain=100 * result["gain"],
        control_gain=100 * result["control_gain"],
        picture=base64.b64encode(picture.read_bytes()).decode("ascii"),
        transcripts="\n".join(map(_transcript, transcripts)),
        seed=result["seed"],
        title=html.escape(_title(result)),
        again=html.escape(again(config, result["seed"], out)),
        judged=html.escape(judged(config, out)),
        config=html.escape(json.dumps(config, indent=1)),
    )
    (out / "report.html").write_text(page, "utf-8")


def _title(result: Mapping[str, Any]) -> str:
    if result["passed"]:
        return "A policy learns from scratch, and reward lifts it past imitation"
    return "A policy learns from scratch"


def again(config: Mapping[str, Any], seed: int, out: Path) -> str:
    """The command that repeats a run, with every setting that is not the default."""
    from veragym.agents.demo import DemoConfig

    usual = DemoConfig().to_json()
    words = ["python", "-m", "veragym.agents.demo", "--out", str(out), "--seed", str(seed)]
    for name, value in config.items():
        if value != usual[name]:
            words += ["--set", f"{name}={json.dumps(value)}"]
    return shlex.join(words)


def judged(config: Mapping[str, Any], out: Path) -> str:
    """The command that judges the final weights on the problems the run was about."""
    words = ["veragym", "eval", config["env"], "--policy", "checkpoint"]
    words += [str(out / "rl" / "checkpoint.pt"), "--episodes", str(config["held_out"])]
    words += ["--max-new-tokens", str(config["max_new_tokens"])]
    for name, value in config["options"].items():
        if name == "topics" and isinstance(value, list):
            words += ["--topics", ",".join(value)]
        elif name == "difficulty":
            ends = value if isinstance(value, (list, tuple)) else [value]
            words += ["--difficulty", ",".join(map(str, ends))]
        else:
            words += ["--set", f"{name}={json.dumps(value)}"]
    return shlex.join(words)


def _row(label: str, r: Mapping[str, Any]) -> str:
    cells = "".join(
        f"<td>{r[p + 'accuracy']:.1%}</td><td>{r[p + 'low']:.1%} to {r[p + 'high']:.1%}</td>"
        for p in ("sampled_", "")
    )
    return f"<tr><th>{label}</th>{cells}</tr>"


def _transcript(row: Mapping[str, str]) -> str:
    cells = "".join(
        f'<td class="{row[f"{stage}_verdict"]}"><pre>{html.escape(row[stage])}</pre></td>'
        for stage in ("warm", "rl", "control")
    )
    return f"<tr><td>{html.escape(row['prompt'])}</td>{cells}</tr>"


def draw_curves(path: Path, curves: Curves) -> None:
    """Held-out accuracy against processor time; sampled solid with 95 % bands, greedy dotted."""
    require("matplotlib", "train", "the learning curve")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    start = curves["warm"][-1]["cpu_seconds"]
    for name, (colour, label) in STYLE.items():
        shift = 0.0 if name == "warm" else start
        x = [shift + point["cpu_seconds"] for point in curves[name]]
        axes.plot(x, [100 * p["sampled_accuracy"] for p in curves[name]], color=colour, label=label)
        axes.plot(x, [100 * p["accuracy"] for p in curves[name]], ":", color=colour)
        axes.fill_between(
            x,
            [100 * p["sampled_low"] for p in curves[name]],
            [100 * p["sampled_high"] for p in curves[name]],
            color=colour,
            alpha=0.15,
        )
    axes.set_xlabel("processor seconds")
    axes.set_ylabel("held-out accuracy, % (dotted: greedy)")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
    temporary = path.with_name(path.name + ".tmp")
    figure.savefig(temporary, format="png", dpi=130)
    temporary.replace(path)
