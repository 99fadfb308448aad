"""Classes of equivalent answers, entropy, votes and label-free rewards."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veragym.core.errors import OptionError
from veragym.verifiers.compare import (
    Clusters,
    Undecided,
    cluster,
    collapse_report,
    consensus,
    consensus_rewards,
    final_answer,
    same_answer,
    semantic_entropy,
    vote,
    vote_steps,
)


def equal(a, b):
    return a == b


@pytest.mark.seeds("D18")
def test_equivalent_answers_share_a_class_whatever_their_text():
    found = cluster(["1/2", "0.5", "\\frac{1}{2}", "2", None, "2.0"])
    assert found.labels == (0, 0, 0, 1, -1, 1)
    assert found.sizes == (3, 2) and found.contradictions == found.undecided == 0


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [("1/2", "0.5", True), ("x+1", "1+x", True), ("1/2", "1/3", False), ("3", "4", False)],
)
def test_equivalence_of_answers_is_symmetric(a, b, same):
    assert same_answer(a, b) is same_answer(b, a) is same


def bridge(a, b):
    """`b` passes for `a` and for `c`, which differ."""
    return {a, b} in ({"a", "b"}, {"b", "c"})


def test_a_bridge_between_two_answers_merges_nothing_by_default():
    split = cluster(["a", "b", "c", "a"], bridge)
    assert split.labels == (0, 1, 2, 0) and split.contradictions == 1
    joined = cluster(["a", "b", "c", "a"], bridge, policy="join")
    assert joined.labels == (0, 0, 0, 0)


def test_equivalence_in_one_direction_only_is_none():
    assert cluster(["a", "b"], lambda a, b: a < b).labels == (0, 1)


@pytest.mark.parametrize("yes", [1, 1.0, "yes", [0], np.True_])
def test_only_true_joins_answers(yes):
    found = cluster(["a", "b"], lambda a, b: yes)
    assert found.labels == (0, 1) and found.undecided == 1


def test_an_equivalence_that_fails_leaves_the_pair_undecided_and_the_rewards_masked():
    def broken(a, b):
        raise OSError

    assert cluster(["a", "b"], broken).undecided == 1
    assert np.isnan(consensus_rewards(["1", "2"], equivalence=broken)).all()

    def unread(response):
        raise Undecided

    assert np.isnan(consensus_rewards(["1", "1"], read=unread)).all()


names = st.lists(st.sampled_from("abcdefg"), max_size=12)


@given(names, st.sets(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg"))))
@settings(max_examples=150, deadline=None)
def test_classes_do_not_depend_on_the_order_of_answers(answers, pairs):
    def equivalence(a, b):
        return (a, b) in pairs or (b, a) in pairs

    for policy in ("split", "join"):
        labels = cluster(answers, equivalence, policy=policy).labels
        backwards = cluster(answers[::-1], equivalence, policy=policy).labels[::-1]
        for i in range(len(answers)):
            for j in range(len(answers)):
                assert (labels[i] == labels[j]) == (backwards[i] == backwards[j])
                if policy == "split" and labels[i] == labels[j] and answers[i] != answers[j]:
                    assert equivalence(answers[i], answers[j])


@given(st.lists(st.integers(0, 30), max_size=16), st.integers(1, 6))
@settings(max_examples=80, deadline=None)
def test_both_policies_give_the_plain_classes_of_a_true_equivalence(numbers, modulus):
    answers = [str(n) for n in numbers]
    for policy in ("split", "join"):
        found = cluster(answers, lambda a, b: int(a) % modulus == int(b) % modulus, policy=policy)
        for i, a in enumerate(numbers):
            for j, b in enumerate(numbers):
                assert (found.labels[i] == found.labels[j]) == (a % modulus == b % modulus)
        assert found.contradictions == 0


def test_answers_that_cannot_be_clustered_are_refused():
    with pytest.raises(OptionError, match="not text"):
        cluster(["1", 2])
    with pytest.raises(OptionError, match="at most"):
        cluster([str(i) for i in range(600)], equal)
    with pytest.raises(OptionError, match="policy"):
        cluster(["1"], policy="merge")


@pytest.mark.seeds("D18")
def test_semantic_entropy_by_hand():
    assert semantic_entropy(Clusters((0, 0, 0, 0))) == 0.0
    assert semantic_entropy(Clusters((0, 0, 1, 1))) == pytest.approx(math.log(2))
    # Unreadable answers count one each: shares 1/2, 1/4, 1/4.
    assert semantic_entropy(Clusters((0, 0, -1, -1))) == pytest.approx(1.5 * math.log(2))
    # Likelihoods 3/8 + 3/8 in one class, 1/4 in the other.
    logs = np.log([3, 3, 2])
    expected = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert semantic_entropy(Clusters((0, 0, 1)), logs) == pytest.approx(expected)
    assert semantic_entropy(Clusters((0, 0, 1)), logs - 5000) == pytest.approx(expected)
    assert semantic_entropy(Clusters(())) == 0.0


@pytest.mark.parametrize("logs", [[0.0], [0.0, math.nan], [-math.inf] * 2, [math.inf, 0.0]])
def test_log_probabilities_that_are_none_are_refused(logs):
    with pytest.raises(OptionError):
        semantic_entropy(Clusters((0, 1)), logs)


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=20))
@settings(deadline=None)
def test_entropy_is_between_nothing_and_the_log_of_the_group(labels):
    entropy = semantic_entropy(Clusters(tuple(labels)))
    assert 0.0 <= entropy <= math.log(len(labels)) + 1e-12


@pytest.mark.seeds("E17")
def test_votes_by_hand():
    assert vote(Clusters((0, 1, 0, -1))) == (type(vote(Clusters(()))))(0, 0.5, 0.25)
    tie = vote(Clusters((0, 1)))
    assert tie.winner is None and tie.share == 0.5 and tie.margin == 0.0
    weighted = vote(Clusters((0, 1, 0)), [0.1, 0.5, 0.2])
    assert weighted.winner == 1 and weighted.share == pytest.approx(0.5 / 0.8)
    assert vote(Clusters((-1, -1))).winner is None
    # 0.1 + 0.2 against 0.3 is a tie that floating-point addition would not see exactly alike.
    exact = vote(Clusters((0, 0, 0, 1)), [0.1, 0.1, 0.1, math.fsum([0.1, 0.1, 0.1])])
    assert exact.winner is None
    for bad in ([1.0], [1.0, -1.0], [1.0, math.nan]):
        with pytest.raises(OptionError):
            vote(Clusters((0, 1)), bad)


@pytest.mark.seeds("E17")
def test_verifiers_vote_on_the_first_wrong_step():
    right, wrong, silent = 1.0, 0.0, math.nan
    assert vote_steps([[right, right], [right, wrong], [right, wrong]]) == 1
    assert vote_steps([[right, right], [right, right], [wrong, wrong]]) == -1
    assert vote_steps([[right, wrong], [wrong, wrong]]) is None
    assert vote_steps([[silent, wrong], [silent, wrong]]) is None
    assert vote_steps([[right, wrong], [wrong, wrong]], [1.0, 2.0]) == 0
    assert vote_steps(np.zeros((0, 2))) is None
    for bad in ([1, 0], [[0.5]], [[2]]):
        with pytest.raises(OptionError):
            vote_steps(bad)


ANSWERS = ["\\boxed{1/2}", "The answer is 0.5.", "\\boxed{2}", "\\boxed{7}"]


@pytest.mark.seeds("A28")
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("share", [0.5, 0.5, 0.25, 0.25]),
        ("others", [1 / 3, 1 / 3, 0, 0]),
        ("majority", [1, 1, 0, 0]),
    ],
)
def test_consensus_rewards_by_hand(kind, expected):
    group = consensus(ANSWERS, kind=kind)
    assert group.rewards == pytest.approx(expected)
    assert group.answer in ("0.5", "1/2") and group.vote.winner == 0
    assert group.entropy == pytest.approx(1.5 * math.log(2))
    assert group.identical == 0.25


def test_a_tied_majority_rewards_nobody_and_a_small_one_may_be_refused():
    assert consensus(["1", "2"], kind="majority").rewards == (0.0, 0.0)
    assert consensus(["1", "1", "2", "3"], min_share=0.6).rewards == (0.0,) * 4
    assert consensus(["1", "1", "2", "3"], min_share=0.5).rewards == (0.5, 0.5, 0.25, 0.25)


@pytest.mark.parametrize("options", [{"kind": "max"}, {"min_share": 1.5}, {"min_share": math.nan}])
def test_consensus_options_out_of_range_are_refused(options):
    with pytest.raises(OptionError):
        consensus(["1"], **options)


@pytest.mark.seeds("A28")
def test_copies_of_a_wrong_answer_earn_everything_and_the_report_says_so():
    # The known weakness of agreement as a reward: it must show in the diagnostics.
    collapsed = [consensus(["\\boxed{42}"] * 8) for _ in range(5)]
    assert all(group.rewards == (1.0,) * 8 and group.identical == 1.0 for group in collapsed)
    report = collapse_report(collapsed, labels={0: False, 1: True})
    assert report.same_answer_across_prompts == 1.0 and report.unanimous == 1.0
    assert report.effective_answers == 1.0 and report.identical == 1.0
    assert report.right == 0.5 and report.confident_and_wrong == 0.5
    healthy = [consensus([f"The answer is {n}.", f"Answer: {n}", f"{n + 1}"]) for n in (3, 8, 20)]
    sound = collapse_report(healthy)
    assert sound.same_answer_across_prompts == pytest.approx(1 / 3) and sound.unanimous == 0.0
    assert sound.mean_share == pytest.approx(2 / 3) and math.isnan(sound.right)
    with pytest.raises(OptionError):
        collapse_report([])
    with pytest.raises(OptionError):
        collapse_report(healthy, labels={3: True})


@pytest.mark.parametrize(
    "junk",
    [None, "", "   ", 3, b"1", ["1"], float("nan"), True, "\x00\x01", "\u202e12", "\ud800"],
)
def test_what_is_no_text_earns_nothing_and_agrees_with_nothing(junk):
    group = consensus([junk, junk, junk, "7"])
    assert group.rewards == (0.0, 0.0, 0.0, 0.25)
    assert group.answers[:3] == (None, None, None)


@pytest.mark.parametrize(
    "junk",
    ["1+" * 50000 + "1", "9" * 5000, "\\boxed{1} \\boxed{2}", "<answer></answer>", "\\boxed{}"],
)
def test_a_text_without_one_readable_answer_joins_no_class(junk):
    assert final_answer(junk) is None
    assert consensus([junk, junk, "7"]).rewards == (0.0, 0.0, 1 / 3)


def test_reading_is_bounded_however_hostile_the_answers():
    for hostile in ("(" * 300 + "1" + ")" * 300, "\\frac{1}{" * 400 + "2" + "}" * 400, "x" * 10**6):
        rewards = consensus_rewards([hostile, "7", "7"])
        assert rewards[1] == rewards[2] == pytest.approx(2 / 3) and rewards[0] <= 1 / 3


@pytest.mark.slow
def test_answers_whose_checking_never_ends_are_found_once_and_left_out():
    towers = [f"9^{{9^{{9^{k}}}}}" for k in (8, 9)]
    group = consensus([*towers, "7", "7"])
    assert group.rewards == (0.0, 0.0, 0.5, 0.5)
    assert final_answer(towers[0]) is None


@given(st.lists(st.one_of(st.none(), st.text(max_size=20), st.integers()), max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_group_of_anything_gets_rewards_between_0_and_1(responses):
    group = consensus(responses)
    assert len(group.rewards) == len(responses)
    assert all(math.isnan(r) or 0.0 <= r <= 1.0 for r in group.rewards)
    for response, reward in zip(responses, group.rewards, strict=True):
        if not isinstance(response, str):
            assert reward == 0.0 or math.isnan(reward)
