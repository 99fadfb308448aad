"""The tokenizer loses nothing, and a conversation has the layout trainers rely on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veragym.agents.policy.protocol import Message
from veragym.agents.policy.tokenizer import BOS, EOS, FIRST_MERGE, PAD, TURN, Tokenizer
from veragym.core.errors import OptionError

TEXTS = ["Use 3, 5, 12 once each to make 27.", "3 * 5 + 12", "Use 4, 4, 10 once each to make 26."]
TRAINED = Tokenizer.train(TEXTS * 3, 60, digits=3)


@given(st.text(alphabet=st.characters(), max_size=60))
def test_every_string_survives_the_round_trip(text: str) -> None:
    for tokenizer in (Tokenizer(), TRAINED):
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_lone_surrogates_survive_too() -> None:
    assert Tokenizer().decode(Tokenizer().encode("a\ud800b")) == "a\ud800b"


@given(st.lists(st.integers(0, TRAINED.vocabulary - 1), max_size=30))
def test_any_sampled_ids_decode_to_some_text(ids: list[int]) -> None:
    assert isinstance(TRAINED.decode(ids), str)


def test_the_most_frequent_pair_is_merged_first() -> None:
    # "ab" occurs three times, "bc" and "ca" twice.
    tokenizer = Tokenizer.train(["abcabcab"], 1)
    assert tokenizer.merges == ((97, 98),)
    assert tokenizer.encode("abc") == [FIRST_MERGE, 99]


def test_no_token_joins_digits_to_anything_else() -> None:
    for id_ in range(FIRST_MERGE, TRAINED.vocabulary):
        text = TRAINED.decode([id_])
        assert text.isdigit() or not any(c.isdigit() for c in text)
        assert not text.isdigit() or len(text) <= 3


def test_digits_stay_apart_unless_asked_for() -> None:
    tokenizer = Tokenizer.train(["12 12 12 12"], 10)
    assert all(
        not tokenizer.decode([FIRST_MERGE + i]).isdigit() for i in range(len(tokenizer.merges))
    )


def test_learning_merges_shortens_what_they_were_learned_from() -> None:
    assert len(TRAINED.encode(TEXTS[0])) < len(Tokenizer().encode(TEXTS[0])) / 2


def test_a_prompt_hands_the_turn_to_the_agent_and_keeps_sampled_ids() -> None:
    tokenizer = Tokenizer()
    said = (ord("4"), ord("2"))  # cut off before EOS: the ids are kept as they were sampled
    conversation = [
        Message("environment", "q"),
        Message("agent", "42", said),
        Message("environment", "no"),
    ]
    assert tokenizer.prompt(conversation) == [BOS, ord("q"), TURN, *said, ord("n"), ord("o"), TURN]
    assert tokenizer.prompt([Message("agent", "x")]) == [BOS, ord("x"), EOS]


@pytest.mark.parametrize("pair", [(BOS, 1), (1, PAD), (1, FIRST_MERGE)])
def test_a_merge_of_marks_or_of_unknown_ids_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(OptionError, match="not both tokens"):
        Tokenizer([pair])
