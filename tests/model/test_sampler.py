import random

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from redone.errors import UserError
from redone.model.completion import SamplingSettings
from redone.model.sampler import GroupSampler
from redone.model.tiny import TinySettings, create_model

GREEDY = SamplingSettings(max_new_tokens=6, temperature=0.0)
SMALL = TinySettings(hidden=48, layers=3, heads=4, kv_heads=2, head_dim=16, mlp=64, init_std=0.15)


def sizes(chat):
    return dict(  # noqa: C408
        vocab_size=chat.vocab_size, hidden_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, intermediate_size=64, initializer_range=0.15,
    )  # fmt: skip


def make(family, chat):
    if family == "qwen3":
        model = create_model(SMALL, chat, 1)
        with torch.no_grad():  # norms that do something
            for name, weight in model.named_parameters():
                if "norm" in name:
                    weight.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)) * 0.2)
        return model
    torch.manual_seed(1)
    model = (
        Qwen2ForCausalLM(Qwen2Config(**sizes(chat)))
        if family == "qwen2"
        else LlamaForCausalLM(LlamaConfig(**sizes(chat)))
    )
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith("bias"):
                weight.normal_(std=0.3)
    return model


def some_prompts(chat, count, seed=0):
    rng = random.Random(seed)
    return [[rng.randrange(5, chat.vocab_size) for _ in range(rng.randint(1, 23))] for _ in range(count)]


def full_logprobs(model, prompt, answer, temperature=1.0):
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([[*prompt, *answer]])).logits[0].float() / temperature
    logprobs = logits.log_softmax(-1)[len(prompt) - 1 : -1]
    return logprobs.gather(-1, torch.tensor(answer)[:, None])[:, 0]


@pytest.mark.parametrize("family", ["qwen3", "qwen2", "llama"])
@pytest.mark.parametrize("temperature", [1.0, 0.7, 0.0])
def test_logprobs_equal_a_full_forward(chat, family, temperature):
    model = make(family, chat)
    prompts = some_prompts(chat, 9)
    settings = SamplingSettings(group_size=5, max_new_tokens=40, temperature=temperature, batch_tokens=900)
    sampler = GroupSampler(model, chat)
    stops = set(range(0, chat.vocab_size, 12)) | chat.stop_ids  # many, so that rows end at many lengths
    sampler.stop = torch.tensor(sorted(stops))
    groups = sampler.generate(prompts, settings, seed=3)
    lengths = set()
    for prompt, group in zip(prompts, groups, strict=True):
        assert len(group) == 5
        for completion in group:
            lengths.add(len(completion.ids))
            expected = full_logprobs(model, prompt, completion.ids, temperature or 1.0)
            torch.testing.assert_close(torch.tensor(completion.logprobs), expected, atol=1e-5, rtol=0)
            assert (completion.finish == "stop") == (completion.ids[-1] in stops)
            assert not stops & set(completion.ids[:-1])
    assert len(lengths) > 6 or temperature == 0.0


def test_greedy_takes_the_most_likely_token(chat):
    model = make("qwen3", chat)
    prompts = some_prompts(chat, 4)
    groups = GroupSampler(model, chat).generate(
        prompts, SamplingSettings(max_new_tokens=6, temperature=0.0), 0
    )
    for prompt, (completion,) in zip(prompts, groups, strict=True):
        ids = list(prompt)
        for token in completion.ids:
            assert token == int(model(input_ids=torch.tensor([ids])).logits[0, -1].argmax())
            ids.append(token)


def test_answers_do_not_depend_on_what_is_sampled_beside(chat):
    model = make("qwen3", chat)
    prompts = some_prompts(chat, 8)
    sampler = GroupSampler(model, chat)
    together = sampler.generate(prompts, SamplingSettings(group_size=4, max_new_tokens=20), 5)
    split = sampler.generate(prompts, SamplingSettings(group_size=4, max_new_tokens=20, batch_tokens=1), 5)
    turned = sampler.generate(prompts[::-1], SamplingSettings(group_size=4, max_new_tokens=20), 5)[::-1]
    fewer = sampler.generate(prompts[:3], SamplingSettings(group_size=2, max_new_tokens=20), 5)
    ids = [[c.ids for c in group] for group in together]
    assert ids == [[c.ids for c in group] for group in split] == [[c.ids for c in group] for group in turned]
    assert [group[:2] for group in ids[:3]] == [[c.ids for c in group] for group in fewer]
    other = sampler.generate(prompts, SamplingSettings(group_size=4, max_new_tokens=20), 6)
    assert ids != [[c.ids for c in group] for group in other]


def test_repeated_prompts_have_their_own_draws(chat):
    model = make("qwen3", chat)
    first, second = GroupSampler(model, chat).generate(
        [[5, 6, 7]] * 2, SamplingSettings(group_size=4, max_new_tokens=12), 0
    )
    assert [c.ids for c in first] != [c.ids for c in second]


def test_new_weights_are_seen(chat):
    model = make("qwen3", chat)
    sampler = GroupSampler(model, chat)
    settings = SamplingSettings(max_new_tokens=8, temperature=0.0)
    before = sampler.generate([[5, 6, 7]], settings, 0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(-1.3)
    assert sampler.generate([[5, 6, 7]], settings, 0) != before


def test_lower_precision_stays_near(chat):
    model = make("qwen3", chat)
    prompts = some_prompts(chat, 3)
    groups = GroupSampler(model, chat, torch.bfloat16).generate(
        prompts, SamplingSettings(group_size=3, max_new_tokens=8), 0
    )
    gaps = [
        (full_logprobs(model, prompt, c.ids) - torch.tensor(c.logprobs)).abs().mean()
        for prompt, group in zip(prompts, groups, strict=True)
        for c in group
    ]
    assert torch.stack(gaps).mean() < 0.2


def test_wrong_input_is_named(chat):
    sampler = GroupSampler(make("qwen3", chat), chat)
    assert sampler.generate([], SamplingSettings(), 0) == []
    with pytest.raises(UserError, match="prompt 1 has 0 tokens"):
        sampler.generate([[5], []], SamplingSettings(), 0)
    with pytest.raises(UserError, match="prompt 0 has 2040 tokens"):
        sampler.generate([[5] * 2040], SamplingSettings(), 0)
    with pytest.raises(UserError, match="2 keys"):
        sampler.generate([[5]], SamplingSettings(), 0, keys=[1, 2])
    with pytest.raises(UserError, match="batch_tokens"):
        SamplingSettings(batch_tokens=0)
    with pytest.raises(UserError, match="top_p"):
        SamplingSettings(top_p=0.0)


def test_an_adapter_is_sampled_with(chat):
    peft = pytest.importorskip("peft")
    torch.manual_seed(0)
    model = make("qwen3", chat)
    plain = GroupSampler(model, chat).generate([[5, 6, 7]], SamplingSettings(max_new_tokens=6), 0)
    config = peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj", "down_proj"], init_lora_weights=False)
    adapted = peft.get_peft_model(model, config)
    settings = SamplingSettings(group_size=3, max_new_tokens=6)
    (group,) = GroupSampler(adapted, chat).generate([[5, 6, 7]], settings, 0)
    assert group[0].logprobs != plain[0][0].logprobs
    for completion in group:
        expected = full_logprobs(adapted, [5, 6, 7], completion.ids)
        torch.testing.assert_close(torch.tensor(completion.logprobs), expected, atol=1e-5, rtol=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same_answers(chat):
    model = make("qwen3", chat)
    prompts = some_prompts(chat, 6)
    settings = SamplingSettings(group_size=4, max_new_tokens=20)
    here = GroupSampler(model, chat).generate(prompts, settings, 0)
    there = GroupSampler(model.to("cuda"), chat).generate(prompts, settings, 0)
    assert [[c.ids for c in group] for group in here] == [[c.ids for c in group] for group in there]
