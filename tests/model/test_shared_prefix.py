"""Prompts that begin alike give the answers of the plain path, with their beginning read once."""

import random
from itertools import groupby

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from redone.errors import UserError
from redone.model.completion import SamplingSettings
from redone.model.prefix_groups import distinct_tokens, prefix_groups
from redone.model.row_attention import attend_blocks, attend_fused, attend_last, rounded
from redone.model.row_cache import ROOM, RowCache
from redone.model.sampler import GroupSampler
from redone.model.shared_prefix import PrefixSampler, row_batches
from redone.model.tiny import TinySettings, create_model
from redone.model.weights import take_weights

SMALL = TinySettings(hidden=48, layers=3, heads=4, kv_heads=2, head_dim=16, mlp=64, init_std=0.15)


@pytest.fixture(scope="module")
def model(chat):
    return create_model(SMALL, chat, 1)


def prompts_of(seed, sizes, prefixes):
    draw = random.Random(seed)
    heads = [[draw.randrange(40, 200) for _ in range(size)] for size in prefixes]
    return [
        [*heads[at % len(heads)], *(draw.randrange(40, 200) for _ in range(size))]
        for at, size in enumerate(sizes)
    ]


@pytest.mark.parametrize("kernels", ["torch", "onednn"])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_answers_are_those_of_the_plain_path(model, chat, temperature, kernels):
    prompts = [*prompts_of(1, [3, 9, 1, 30, 5, 5, 12, 2] * 8, [40, 25]), *prompts_of(2, [7, 11], [0])]
    settings = SamplingSettings(max_new_tokens=8, temperature=temperature, batch_tokens=600)
    plain = GroupSampler(model, chat).generate(prompts, settings, seed=3)
    sampler = PrefixSampler(model, chat, kernels=kernels)
    drawn = dict(pair for batch in sampler.stream(prompts, settings, seed=3) for pair in batch)
    assert sorted(drawn) == list(range(len(prompts)))
    for at, (expected,) in enumerate(plain):
        assert drawn[at].ids == expected.ids
        assert drawn[at].finish == expected.finish
        assert drawn[at].logprobs == pytest.approx(expected.logprobs, abs=2e-5)
    assert sampler.slots.floor <= sampler.slots.computed < 1.2 * sampler.slots.floor


@pytest.mark.parametrize("kernels", ["torch", "onednn"])
def test_rows_that_end_at_different_steps_leave_the_others_as_they_were(chat, kernels):
    ending = create_model(SMALL, chat, 2)
    with torch.no_grad():
        ending.get_input_embeddings().weight[chat.end_id] *= 3
    prompts = prompts_of(6, [5, 60, 17, 33, 2, 41] * 6, [20, 12])
    settings = SamplingSettings(max_new_tokens=2 * ROOM + 9, temperature=1.0)
    plain = GroupSampler(ending, chat).generate(prompts, settings, seed=5)
    sampler = PrefixSampler(ending, chat, kernels=kernels)
    drawn = dict(pair for batch in sampler.stream(prompts, settings, seed=5) for pair in batch)
    lengths = {len(answer.ids) for answer in drawn.values()}
    assert min(lengths) < 10
    assert max(lengths) > ROOM + 1
    for at, (expected,) in enumerate(plain):
        assert drawn[at].ids == expected.ids
        assert drawn[at].logprobs == pytest.approx(expected.logprobs, abs=2e-5)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_answers_do_not_depend_on_which_batch_waits_for_which(chat, temperature):
    ending = create_model(SMALL, chat, 2)
    with torch.no_grad():
        ending.get_input_embeddings().weight[chat.end_id] *= 3
    prompts = prompts_of(9, [5, 60, 17, 33, 2, 41, 80, 7] * 8, [20, 12])
    settings = SamplingSettings(max_new_tokens=40, temperature=temperature, batch_tokens=1500)
    plain = GroupSampler(ending, chat).generate(prompts, settings, seed=5)
    batches = {}
    for share in (0.0, 0.3, 0.9):
        sampler = PrefixSampler(ending, chat, kernels="onednn")
        sampler.join_below = share
        found = list(sampler.stream(prompts, settings, seed=5))
        batches[share] = [len(batch) for batch in found]
        drawn = dict(pair for batch in found for pair in batch)
        assert [drawn[at].ids for at in range(len(prompts))] == [own.ids for (own,) in plain]
    assert batches[0.0] != batches[0.9]  # some rows waited


def test_rows_that_end_leave_the_keys_and_values_of_the_others(model, chat):
    torch.manual_seed(0)
    decoder = take_weights(model, torch.float32)
    lengths = [5, 3, 9, 4, 7]
    kept = {}

    def fill(cache, sizes):
        for row, size in enumerate(sizes):
            keys, values = torch.randn(2, SMALL.kv_heads, size, SMALL.head_dim)
            for layer in range(SMALL.layers):
                cache.put(layer, row, keys + layer, values + layer)
            kept[size] = keys, values

    cache = RowCache(decoder, lengths, 4)
    fill(cache, lengths)
    order = cache.keep(torch.tensor([True, False, False, True, True])).tolist()
    assert sorted(order) == [0, 3, 4]
    rows = [lengths[at] for at in order] + [11, 2]
    whole = RowCache(decoder, [11, 2], 4, cache)
    fill(whole, [11, 2])
    assert (whole.end - whole.first).tolist() == rows
    for row, size in enumerate(rows):
        real = slice(whole.end - size, whole.end)
        for layer in range(SMALL.layers):
            assert torch.equal(whole.keys[layer, row, :, :, real], kept[size][0].transpose(1, 2) + layer)
            assert torch.equal(whole.values[layer, row, :, real], kept[size][1] + layer)


def test_batches_hold_to_the_budget_and_to_one_prefix_at_a_time_where_many_are_long():
    prompts = prompts_of(7, [9, 3, 30, 14] * 40, [150, 140, 130])
    settings = SamplingSettings(max_new_tokens=4)
    for budget, mixed in ((2000, True), (700, False)):
        found = list(row_batches(prompts, settings, budget))
        assert sorted(row.place for rows in found for row in rows) == list(range(len(prompts)))
        assert all(len(rows) * max(len(prompts[row.place]) + 4 for row in rows) <= budget for rows in found)
        several = [len({row.group for row in rows}) > 1 for rows in found]
        assert any(several) == mixed or sum(several) <= 2
        groups = [[row.group for row in rows] for rows in found]
        assert all(len(set(own)) == sum(1 for _ in groupby(own)) for own in groups)


def test_prefixes_are_read_once_where_there_is_room_and_again_where_there_is_none(model, chat):
    prompts = prompts_of(8, [9, 30, 14] * 30, [150, 140, 130])
    read = {}
    for budget in (4000, 900):
        sampler = PrefixSampler(model, chat)
        settings = SamplingSettings(max_new_tokens=1, temperature=0.0, batch_tokens=budget)
        answers = dict(pair for batch in sampler.stream(prompts, settings, seed=0) for pair in batch)
        read[budget] = sampler.slots.computed, [answers[at].ids for at in range(len(prompts))]
    assert read[4000] == read[900]
    assert read[900][0] <= 1.02 * sampler.slots.floor


def test_groups_are_those_that_save_most():
    prompts = prompts_of(4, [20] * 200, [60, 90, 30])
    groups = prefix_groups(prompts)
    assert sorted(group.prefix for group in groups) == [30, 60, 90]
    assert sorted(at for group in groups for at in group.members) == list(range(200))
    assert distinct_tokens(prompts) <= 180 + 200 * 20


def test_few_prompts_are_not_torn_apart():
    (group,) = prefix_groups(prompts_of(5, [4, 5, 6, 7], [10, 12]))
    assert group.prefix == 0
    (group,) = prefix_groups(prompts_of(5, [4, 5, 6, 7], [10]))
    assert group.prefix == 10


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=40), min_size=1, max_size=30))
def test_every_prompt_is_in_one_group_and_keeps_a_token(prompts):
    groups = prefix_groups(prompts)
    assert sorted(at for group in groups for at in group.members) == list(range(len(prompts)))
    for group in groups:
        heads = {tuple(prompts[at][: group.prefix]) for at in group.members}
        assert len(heads) == 1
        assert all(len(prompts[at]) > group.prefix for at in group.members)
    nodes = {tuple(prompt[: end + 1]) for prompt in prompts for end in range(len(prompt))}
    assert distinct_tokens(prompts) == len(nodes)


@pytest.mark.parametrize(("start", "size"), [(0, 5), (3, 9), (9, 3), (6, 1), (40, 131), (7, 300), (33, 702)])
def test_attention_after_a_prefix_is_causal(start, size):
    torch.manual_seed(0)
    query = torch.randn(start + size, 4, 8)
    keys, values = torch.randn(2, 2, start + rounded(size), 8)
    known = keys[:, : start + size], values[:, : start + size]
    whole = attend_fused(query, *known)
    assert torch.allclose(attend_fused(query[start:], *known), whole[start:], atol=2e-6)
    assert torch.allclose(attend_last(query[-1], *known), whole[-1], atol=2e-6)
    found = torch.empty(size, 32)
    attend_blocks(query[start:], keys, values, found)
    assert torch.allclose(found, whole[start:], atol=2e-6)
    filling = torch.full((2, 2, rounded(start) - start, 8), 3.0)
    filled = torch.cat((filling, torch.stack((keys, values))), 2)
    attend_blocks(query[start:], *filled, found.fill_(0), filling.shape[2])
    assert torch.allclose(found, whole[start:], atol=2e-6)


def test_a_prompt_beyond_the_context_is_refused(model, chat):
    settings = SamplingSettings(max_new_tokens=4)
    with pytest.raises(UserError, match="prompt 0"):
        list(PrefixSampler(model, chat).stream([[5] * 5000], settings, seed=0))
