import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.model.draws import choose, prompt_keys, row_keys, uniforms


def test_uniforms_are_uniform_and_distinct():
    keys = row_keys(3, prompt_keys([[i] for i in range(500)]), 8)
    assert len(set(keys.tolist())) == 4000
    drawn = np.concatenate([uniforms(keys, p) for p in range(5)])
    assert drawn.min() >= 0
    assert drawn.max() < 1
    counts = np.histogram(drawn, 20, (0, 1))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 50  # chi-square, 19 degrees of freedom
    assert abs(np.corrcoef(uniforms(keys, 0), uniforms(keys, 1))[0, 1]) < 0.06


def test_frequencies_follow_the_distribution():
    torch.manual_seed(0)
    logits = torch.randn(1, 150) * 2
    chance = (torch.arange(40_000, dtype=torch.float64) + 0.5) / 40_000
    ids, logprobs = choose(logits.expand(40_000, -1), chance, 1.0, 1.0)
    expected = logits[0].softmax(-1)
    counts = torch.bincount(ids, minlength=150) / 40_000
    assert (counts - expected).abs().max() < 1e-4
    torch.testing.assert_close(logprobs, expected.log()[ids])


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 200), chance=st.floats(0, 1, exclude_max=True))
def test_a_token_without_chance_is_never_drawn(seed, size, chance):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(1, size, generator=generator) * 5
    banned = torch.rand(1, size, generator=generator) < 0.7
    banned[0, seed % size] = False
    logits[banned] = float("-inf")
    ids, logprobs = choose(logits, torch.tensor([chance], dtype=torch.float64), 1.0, 1.0)
    assert not bool(banned[0, ids[0]])
    assert torch.isfinite(logprobs).all()


def test_top_p_cuts_the_tail_and_keeps_the_logprob():
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log().expand(100, -1)
    chance = torch.linspace(0, 0.999, 100, dtype=torch.float64)
    ids, logprobs = choose(logits, chance, 1.0, 0.7)
    assert set(ids.tolist()) == {0, 1}
    torch.testing.assert_close(logprobs.exp(), torch.tensor([0.5, 0.3, 0.15, 0.05])[ids])


def test_temperature_sharpens():
    logits = torch.tensor([[0.0, 1.0]])
    _, logprobs = choose(logits, torch.tensor([0.9], dtype=torch.float64), 0.5, 1.0)
    torch.testing.assert_close(logprobs, torch.tensor([0.0, 2.0]).log_softmax(-1)[1:])
    ids, logprobs = choose(logits, None, 0.0, 1.0)
    assert ids.tolist() == [1]
    torch.testing.assert_close(logprobs, logits.log_softmax(-1)[0, 1:])
