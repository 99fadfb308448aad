"""The model: causal, the same with or without cache, padding and packing; honest sampling."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from veragym.agents.policy.protocol import Message, opening
from veragym.agents.policy.sampling import FORBIDDEN, TransformerPolicy, sample
from veragym.agents.policy.scoring import Branches, pack, score
from veragym.agents.policy.tokenizer import BOS, EOS, TURN, Tokenizer
from veragym.agents.policy.transformer import Cache, Transformer, TransformerConfig, rotary_table
from veragym.core.errors import OptionError

SMALL = TransformerConfig(width=32, layers=2, heads=4, kv_heads=2, context=64)


@pytest.fixture(scope="module")
def model() -> Transformer:
    torch.set_num_threads(1)
    return Transformer(SMALL, seed=3)


def random_tokens(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 250, shape, generator=torch.Generator().manual_seed(seed))


def test_the_future_is_not_seen(model: Transformer) -> None:
    tokens = random_tokens(2, 12)
    changed = tokens.clone()
    changed[:, 7:] = 1
    before, after = model(tokens), model(changed)
    assert torch.allclose(before[:, :7], after[:, :7], atol=1e-6)
    assert not torch.allclose(before[:, 7:], after[:, 7:], atol=1e-2)


def test_reading_with_a_cache_equals_reading_at_once(model: Transformer) -> None:
    tokens = random_tokens(3, 10)
    whole = model(tokens)
    cache = Cache(SMALL, 3, 10, model.embedding.weight, torch.float32)
    parts = [model(tokens[:, :6], cache=cache)]
    parts += [model(tokens[:, i : i + 1], cache=cache) for i in range(6, 10)]
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)


def test_rotation_makes_scores_depend_on_distance_alone() -> None:
    from veragym.agents.policy.transformer import rotate

    table = rotary_table(SMALL)
    q, k = torch.randn(2, 1, 1, 1, SMALL.head_dim, generator=torch.Generator().manual_seed(0))

    def product(i: int, j: int) -> float:
        turn = [tuple(t[None, None, None, :] for t in table[:, p]) for p in (i, j)]
        return float((rotate(q, *turn[0]) * rotate(k, *turn[1])).sum())

    assert product(5, 2) == pytest.approx(product(33, 30), abs=1e-4)
    assert product(5, 2) != pytest.approx(product(5, 3), abs=1e-2)


def test_the_tied_head_is_the_embedding() -> None:
    tied = Transformer(SMALL)
    untied = Transformer(dataclasses.replace(SMALL, tied=False))
    assert tied.head.weight is tied.embedding.weight
    assert untied.size() - tied.size() == SMALL.vocabulary * SMALL.width


def test_weights_depend_on_the_seed_alone() -> None:
    torch.manual_seed(1)
    first = Transformer(SMALL, seed=5).state_dict()
    torch.manual_seed(2)
    second = Transformer(SMALL, seed=5).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["embedding.weight"], Transformer(SMALL, seed=6).embedding.weight)


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_sampled_log_probs_are_those_of_the_model(model: Transformer, temperature: float) -> None:
    prompts = [[BOS, *random_tokens(n, seed=n).tolist(), TURN] for n in (5, 9, 3)]
    rows = [0, 0, 1, 2, 2, 2, 1]
    drawn = sample(
        model,
        prompts,
        rows,
        max_new_tokens=12,
        temperature=temperature,
        generator=torch.Generator().manual_seed(0),
    )
    lengths = drawn.lengths.tolist()
    ids = [row[:n] for row, n in zip(drawn.tokens.tolist(), lengths)]
    assert len(set(lengths)) > 1 or lengths[0] == 12
    groups = [
        Branches(prompts[row], [tokens], [[True] * len(tokens)]) for row, tokens in zip(rows, ids)
    ]
    packed = pack(groups)
    log_probs, entropy = score(model, packed, temperature)
    assert torch.allclose(drawn.log_probs[packed.episode, packed.step], log_probs, atol=1e-4)
    assert torch.allclose(drawn.entropy[packed.episode, packed.step], entropy, atol=1e-4)


def test_packing_siblings_into_one_row_changes_no_score_and_no_gradient(model: Transformer) -> None:
    prompt = [BOS, 10, 20, 30, TURN]
    continuations = [[1, 2, 3, EOS], [4, EOS], [5, 6, 7, 8, 9]]
    masks = [[True] * 4, [True, True], [True, False, True, False, True]]
    together = pack([Branches(prompt, continuations, masks)])
    apart = pack([Branches(prompt, [c], [m]) for c, m in zip(continuations, masks)])
    assert together.branching and not apart.branching
    gradients = []
    for packed in (together, apart):
        model.zero_grad()
        log_probs, _ = score(model, packed)
        (log_probs * torch.arange(1.0, 10.0)).sum().backward()
        gradients.append((log_probs.detach(), model.blocks[0].attention.qkv.weight.grad.clone()))
    assert torch.allclose(gradients[0][0], gradients[1][0], atol=1e-5)
    assert torch.allclose(gradients[0][1], gradients[1][1], rtol=1e-3, atol=1e-4)


def test_marks_are_never_sampled_and_nothing_follows_the_end(model: Transformer) -> None:
    drawn = sample(
        model,
        [[BOS, 65, TURN]],
        [0] * 200,
        max_new_tokens=20,
        temperature=1.5,
        generator=torch.Generator().manual_seed(0),
    )
    for ids, n in zip(drawn.tokens.tolist(), drawn.lengths.tolist()):
        assert not set(ids[:n]) & set(FORBIDDEN)
        assert EOS not in ids[: n - 1]
        assert set(ids[n:]) <= set(FORBIDDEN)


def test_sampling_follows_the_distribution(model: Transformer) -> None:
    drawn = sample(
        model,
        [[BOS, 65, TURN]],
        [0] * 4000,
        max_new_tokens=1,
        temperature=1.0,
        generator=torch.Generator().manual_seed(0),
    )
    logits = model.logits(model(torch.tensor([[BOS, 65, TURN]])))[0, -1].detach()
    logits[list(FORBIDDEN)] = -torch.inf
    expected = logits.softmax(-1)
    top = int(expected.argmax())
    p, found = float(expected[top]), (drawn.tokens == top).float().mean().item()
    assert abs(found - p) < 5 * (p * (1 - p) / 4000) ** 0.5


def test_greedy_takes_the_most_likely_token_and_needs_no_randomness(model: Transformer) -> None:
    policy = TransformerPolicy(model, Tokenizer(), max_new_tokens=4, temperature=0.0)
    first, second = policy.act([opening("a"), opening("a")])
    assert first == second
    hidden = model(torch.tensor([[BOS, ord("a"), TURN]]))
    logits = model.logits(hidden)[0, -1].clone()
    logits[list(FORBIDDEN)] = -torch.inf
    assert first.token_ids[0] == int(logits.argmax())


def test_the_same_generator_state_gives_the_same_actions(model: Transformer) -> None:
    def play() -> list[str]:
        policy = TransformerPolicy(
            model, Tokenizer(), max_new_tokens=6, generator=torch.Generator().manual_seed(4)
        )
        return [a.text for a in policy.act([opening("x"), opening("longer"), opening("x")])]

    assert play() == play()


def test_a_prompt_too_long_for_the_model_is_refused_with_its_length(model: Transformer) -> None:
    policy = TransformerPolicy(model, Tokenizer(), max_new_tokens=8, temperature=0.0)
    with pytest.raises(OptionError, match="62 tokens"):
        policy.act([[Message("environment", "x" * 60)]])


@pytest.mark.parametrize(
    "wrong", [{"width": 30}, {"layers": 0}, {"heads": 4, "kv_heads": 3}, {"context": 0}]
)
def test_impossible_shapes_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(OptionError):
        TransformerConfig(**wrong)


def test_bfloat16_stays_close_to_float32(model: Transformer) -> None:
    packed = pack([Branches([BOS, 1, 2, TURN], [[3, 4, EOS]], [[True] * 3])])
    exact, _ = score(model, packed)
    model.compute_dtype = torch.bfloat16
    try:
        rough, _ = score(model, packed)
    finally:
        model.compute_dtype = torch.float32
    assert (exact - rough).abs().max() < 0.2
    assert not torch.equal(exact, rough)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_the_same_code_runs_on_cuda_with_the_same_scores(model: Transformer) -> None:
    packed = [Branches([BOS, 1, 2, TURN], [[3, 4, EOS], [5, EOS]], [[True] * 3, [True] * 2])]
    here, _ = score(model, pack(packed))
    there = Transformer(SMALL)
    there.load_state_dict(model.state_dict())
    found, _ = score(there.cuda(), pack(packed, "cuda"))
    assert torch.allclose(found.cpu(), here, atol=1e-3)
