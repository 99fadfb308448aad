"""Cards: what is shown follows from the code and the record, in Markdown and in HTML."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import planted
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from veragym.check import check
from veragym.check.cards import described, measured, numbers_of, page
from veragym.check.pages import Chart, Code, Heading, Table, Text, markdown, page_html
from veragym.check.solvers import LADDER, Solver, rank_correlation, ranks
from veragym.cli import app
from veragym.core import Draft
from veragym.registry import entries

ROOT = Path(__file__).parents[2]
CARDS = ROOT / "docs" / "envs"

# -- pages -----------------------------------------------------------------------------------------


class Words(HTMLParser):
    """The text of a page, and whether its tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "polyline", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        pass

    def handle_data(self, data: str) -> None:
        self.text += data


def words(page: str) -> str:
    reader = Words()
    reader.feed(page)
    assert reader.open == []
    return reader.text


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=40))
def test_any_text_stands_in_the_html_page_as_it_is(text: str) -> None:
    made = page_html([Heading(1, "T"), Text(text), Code(text), Table(("a",), ((text,),))])
    assert words(made).count(text) >= 3


def test_markdown_keeps_fences_and_cells_apart() -> None:
    made = markdown([Code("```\nx\n```"), Table(("a", "b"), (("1|2", "3\n4"),))])
    assert made == "````text\n```\nx\n```\n````\n\n| a | b |\n| --- | --- |\n| 1\\|2 | 3 4 |\n"


def test_a_chart_is_a_curve_in_html() -> None:
    made = page_html([Heading(1, "T"), Chart("falls", ((0.0, 1.0), (1.0, 0.0)))])
    words(made)
    # 420 x 210 with a border of 28: from the top left to the bottom right corner.
    assert '<polyline points="28.0,28.0 392.0,182.0"' in made


# -- reference solvers -----------------------------------------------------------------------------

STEPS = ("12 + 30 = 42", "42 - 4 = 38")


def test_a_solver_stops_where_its_strength_ends() -> None:
    question = "What is 12 + 30 - 4?"
    assert Solver(0, 0).answer(question, STEPS, "38") == "4"  # a guess: the last number
    assert Solver(1, 1).answer(question, STEPS, "38") == "4"  # two digits are too many
    assert Solver(1, 2).answer(question, STEPS, "38") == "42"  # halfway
    assert Solver(2, 2).answer(question, STEPS, "38") == "38"
    assert Solver(2, 2).answer("?", ("100 + 1 = 101",), "101") == ""


def test_every_rung_of_the_ladder_can_do_what_the_one_before_can() -> None:
    strengths = [(solver.steps, solver.digits) for solver in LADDER]
    assert strengths == sorted(strengths)
    assert [digits for _, digits in strengths] == sorted(digits for _, digits in strengths)
    assert len({solver.name for solver in LADDER}) == len(LADDER)


def test_rank_correlation_against_values_by_hand() -> None:
    assert ranks([3, 1, 1, 2]).tolist() == [3.0, 0.5, 0.5, 2.0]
    assert rank_correlation([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(0.8)  # 1 - 6*2/(4*15)
    assert rank_correlation([1, 2, 3], [9, 5, 1]) == pytest.approx(-1.0)
    assert rank_correlation([1, 2, 3], [7, 7, 7]) is None


class _Backwards(planted.SumTasks):
    def sample(self, rng: Any, level: float) -> Draft:
        return super().sample(rng, 10.0 * (1.5 - level))


class Backwards(planted.Sums):
    """The knob makes tasks easier."""

    generator_class = _Backwards


class _Bare(planted.SumTasks):
    def solve(self, task: Any) -> Any:
        solved = super().solve(task)
        return type(solved)(solved.answer)


class Bare(planted.Sums):
    """No worked steps: nothing can be said."""

    generator_class = _Bare


def finding(environment: Any, name: str, **options: Any) -> Any:
    report = check(environment, witnesses=[name.partition(".")[0]], **options)
    return next(f for f in report.findings if f.name == name)


def test_a_knob_that_turns_the_wrong_way_is_rejected_and_one_without_evidence_is_not_judged() -> (
    None
):
    backwards = finding(Backwards, "difficulty.harder", seeds=24)
    assert backwards.passed is False
    assert backwards.evidence["rho"] < 0
    right = finding(planted.Sums, "difficulty.harder", seeds=24)
    assert right.passed is True
    means = [row["mean"] for row in right.evidence["curve"]]
    assert means[0] > means[-1]
    bare = finding(Bare, "difficulty.harder", seeds=24)
    assert bare.passed is None
    assert "no worked steps" in bare.verdict
    several = finding(planted.Climb, "difficulty.harder", seeds=24)
    assert several.passed is None


# -- cards -----------------------------------------------------------------------------------------


def test_a_card_says_what_was_measured() -> None:
    report = check(planted.Sums, mode="quick")
    record = numbers_of(report)
    assert record["passed"] is True
    assert record["oracle"]["ood"] == "the oracle scores 1.0 on 4 of 4 seeds"
    text = markdown(page(described("CartPole-v1"), {**record, "speed": None}))
    assert "# CartPole-v1" in text
    assert 0.0 <= record["floor"]["floor"] <= 0.1
    assert f"| floor | {record['floor']['floor']:g}: the best of" in text
    assert "passes the quick check" in text
    assert json.loads(json.dumps(record)) == record
    # The numbers are the same whenever they are measured.
    assert numbers_of(check(planted.Sums, mode="quick")) == record


def test_a_card_of_an_environment_that_fails_says_so() -> None:
    record = numbers_of(check(planted.SecretInReason, mode="quick", witnesses=["leak", "oracle"]))
    text = markdown(page(described("planted:Sums"), record))
    assert "fails (leak.secret-permuted) the quick check" in text
    assert "No curve: it was not measured." in text


def test_a_game_has_a_card() -> None:
    document = described("pettingzoo.test.example_envs.generated_agents_env_v0")
    text = markdown(page(document, None))
    assert "> type" in text
    assert "[rewards " in text
    assert "Nothing has been measured yet." in text


def test_the_card_of_a_game_names_its_players_and_what_was_asked_of_it(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app,
        ["card", "pettingzoo.classic.tictactoe_v3", "--mode", "quick", "--out", str(tmp_path)],
    )
    assert done.exit_code == 0, done.output
    text = (tmp_path / "pettingzoo.classic.tictactoe_v3.md").read_text()
    assert "| players | 2: player_1, player_2 |" in text
    assert "| actions | Discrete(9), for each player |" in text
    assert "take turns marking spaces on a 3 x 3 grid" in text
    assert "| masks.executed | pass | " in text
    assert "| fairness.referee | - | none declared" in text
    assert "passes the quick check, 4 seeds |" in text
    assert "## Difficulty" not in text
    # Random play with seed 0 is decided within the turns that are shown, and says so by silence.
    assert "player_1 -1, player_2 1]" in text
    assert "The episode goes on" not in text
    words((tmp_path / "pettingzoo.classic.tictactoe_v3.html").read_text())


def test_a_card_says_what_a_game_declares_and_groups_players_by_space() -> None:
    import planted_deals

    document = described("planted_deals:Deal")
    facts = dict(document["facts"])
    assert facts["declares"] == "referee: planted_deals:deal_referee, permute_hidden"
    assert facts["players"] == "2: left, right"
    assert document["action_space"] == "MultiDiscrete([2 3 3 2]), for each player"
    assert document["summary"] == " ".join((planted_deals.Deal.__doc__ or "").split())
    several = described("mpe2.simple_speaker_listener_v4")
    assert several["action_space"] == "speaker_0: Discrete(3); listener_0: Discrete(5)"


def test_the_command_writes_the_card_and_can_write_it_again_without_measuring(
    tmp_path: Path,
) -> None:
    done = CliRunner().invoke(
        app, ["card", "MathRLVR-v0", "--mode", "quick", "--out", str(tmp_path / "a"), "--json"]
    )
    assert done.exit_code == 0, done.output
    record = json.loads(done.stdout)["record"]
    assert record["speed"]["steps_per_second"] > 0
    files = {path.name: path.read_text() for path in (tmp_path / "a").iterdir()}
    assert set(files) == {"MathRLVR-v0.md", "MathRLVR-v0.html", "MathRLVR-v0.json"}
    assert "A17, B05, D39" in words(files["MathRLVR-v0.html"])
    again = CliRunner().invoke(
        app,
        ["card", "MathRLVR-v0", "--out", str(tmp_path / "b"),
         "--recorded", str(tmp_path / "a" / "MathRLVR-v0.json")],
    )  # fmt: skip
    assert again.exit_code == 0, again.output
    assert {p.name: p.read_text() for p in (tmp_path / "b").iterdir()} == files


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["NoSuch-v0"], 2, "no environment 'NoSuch-v0'"),
        (["MathRLVR-v0", "--recorded", "nowhere.json"], 1, "cannot read nowhere.json"),
        (["MathRLVR-v0", "--mode", "fast"], 2, "quick, standard, thorough"),
    ],
)
def test_what_cannot_be_written_is_one_line_and_a_status(
    arguments: list[str], status: int, message: str
) -> None:
    done = CliRunner().invoke(app, ["card", *arguments])
    assert done.exit_code == status
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_every_registered_environment_has_a_recorded_card() -> None:
    for env_id in entries():
        record = json.loads((CARDS / f"{env_id}.json").read_text())
        assert record["passed"], record["failures"]
        assert record["mode"] != "quick"


@pytest.mark.slow
@pytest.mark.parametrize("env_id", list(entries()))
def test_recorded_numbers_are_those_that_are_measured(env_id: str) -> None:
    record = json.loads((CARDS / f"{env_id}.json").read_text())
    now = measured(env_id, mode=record["mode"])
    del record["speed"], now["speed"]
    assert now == record, "run `python docs/generate.py --measure`"


# -- the registry ----------------------------------------------------------------------------------


@pytest.mark.parametrize("env_id", list(entries()))
def test_every_registered_environment_passes_the_quick_check(env_id: str) -> None:
    report = check(env_id, mode="quick")
    assert report.failures == ()
    assert report.passed
