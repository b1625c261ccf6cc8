import asyncio
from pathlib import Path

import pytest
import torch

from redone.errors import UserError
from redone.model import GroupSampler, SamplingSettings, load_model
from redone.records import Message
from redone.serving.engine import Answer, Ask, Busy, Engine, EngineSettings, EngineStopped, LabelAsk, Piece
from redone.serving.engine.prefixes import PrefixCache, joined
from redone.serving.start import open_engine


def prompts(engine: Engine, count: int) -> list[tuple[int, ...]]:
    texts = ["abc " * (n % 7 + 1) + "hello 你好" + "d" * n for n in range(count)]
    return [tuple(engine.chat.encode_prompt([Message("user", text)])) for text in texts]


def ask(prompt: tuple[int, ...], **rest: object) -> Ask:
    return Ask(**({"prompt": prompt, "max_new_tokens": 12, "temperature": 0.0} | rest))  # type: ignore[arg-type]


async def answers(engine: Engine, asks: list[Ask], gap: float = 0.0) -> list[Answer]:
    async def one(number: int, each: Ask) -> Answer:
        await asyncio.sleep(gap * number)
        return await engine.submit(each).answer()

    return list(await asyncio.gather(*(one(n, each) for n, each in enumerate(asks))))


def test_answers_equal_the_samplers_whoever_decodes_beside(folder: Path, engine: Engine) -> None:
    model, chat = load_model(folder)
    asked = prompts(engine, 20)
    settings = SamplingSettings(max_new_tokens=12, temperature=0)
    expected = [chat.decode(group[0].ids) for group in GroupSampler(model, chat).generate(asked, settings, 0)]
    got = asyncio.run(answers(engine, [ask(p) for p in asked], gap=0.002))
    assert [answer.text for answer in got] == expected
    assert engine.num_rows == 0


def test_a_drawn_answer_depends_on_its_seed_alone(engine: Engine) -> None:
    asked = [ask(p, temperature=1.0, top_p=0.9, seed=7) for p in prompts(engine, 6)]
    alone = [asyncio.run(answers(engine, [each]))[0] for each in asked]
    mixed = asyncio.run(
        answers(engine, [*asked, ask(prompts(engine, 1)[0]), ask(prompts(engine, 2)[1], temperature=0.5)])
    )
    assert [a.text for a in mixed[:6]] == [a.text for a in alone]
    other = asyncio.run(answers(engine, [ask(p, temperature=1.0, seed=8) for p in prompts(engine, 6)]))
    assert [a.text for a in other] != [a.text for a in alone]


def test_a_shared_beginning_is_read_once(engine: Engine) -> None:
    system = Message("system", "rule " * 40)
    asked = [tuple(engine.chat.encode_prompt([system, Message("user", f"hello {n} abc")])) for n in range(6)]
    cold = [asyncio.run(answers(engine, [ask(p)]))[0] for p in asked[:1]]
    warm = [asyncio.run(answers(engine, [ask(p)]))[0] for p in asked for _ in range(12)]
    assert cold[0].num_cached == 0
    assert warm[-1].num_cached >= 64
    assert warm[0].text == cold[0].text
    assert len({a.text for a in warm[-12:]}) == 1


def test_the_prefix_cache_is_bounded(folder: Path) -> None:
    with open_engine(folder, EngineSettings(prefix_tokens=64)) as engine:
        for n in range(8):
            prompt = tuple(engine.chat.encode_prompt([Message("user", f"{n} " * 60)]))
            for _ in range(4):
                asyncio.run(answers(engine, [ask(prompt)]))
        assert 0 < engine.num_prefix_tokens <= 64


def test_labels_are_scored_as_whole_answers(folder: Path, engine: Engine) -> None:
    model, chat = load_model(folder)
    labels = [tuple(chat.encode_answer(text)) for text in ("是", "否", "是否", "abc")]
    asked = [LabelAsk(prompt=p, options=tuple(labels[n % 2 :])) for n, p in enumerate(prompts(engine, 5))]

    async def ask_all() -> list[Answer]:
        return list(await asyncio.gather(*(engine.submit(each).answer() for each in asked)))

    for each, answer in zip(asked, asyncio.run(ask_all()), strict=True):
        for option, got in zip(each.options, answer.labels, strict=True):
            with torch.no_grad():
                logprobs = model(torch.tensor([each.prompt + option])).logits[0].log_softmax(-1)
            start = len(each.prompt) - 1
            expected = sum(float(logprobs[start + n, token]) for n, token in enumerate(option))
            assert got == pytest.approx(expected, abs=1e-3)


def test_who_leaves_frees_the_row(engine: Engine) -> None:
    async def leave() -> Answer:
        ticket = engine.submit(ask(prompts(engine, 1)[0], max_new_tokens=400, temperature=1.0, stream=True))
        first = await ticket.events.get()
        assert isinstance(first, Piece)
        assert engine.num_rows == 1
        engine.cancel(ticket)
        return await ticket.answer()

    engine.chat.stop_ids = frozenset()
    assert asyncio.run(leave()).finish == "cancelled"
    assert engine.num_rows == 0


def test_time_queue_and_end_have_their_answers(folder: Path) -> None:
    settings = EngineSettings(max_rows=1, max_waiting=2)

    async def crowd(engine: Engine) -> tuple[Answer, Answer]:
        long = ask(prompts(engine, 1)[0], max_new_tokens=400)
        first = engine.submit(long)
        while engine.num_rows == 0:
            await asyncio.sleep(0.001)
        late = engine.submit(long, seconds=0.001)
        engine.submit(long)
        with pytest.raises(Busy) as busy:
            engine.submit(long)
        assert busy.value.retry_after >= 1
        engine.cancel(first)
        return await first.answer(), await late.answer()

    with open_engine(folder, settings) as engine:
        engine.chat.stop_ids = frozenset()
        first, late = asyncio.run(crowd(engine))
        assert (first.finish, late.finish) == ("cancelled", "timeout")
        engine.stop()
        with pytest.raises(EngineStopped):
            asyncio.run(answers(engine, [ask(prompts(engine, 1)[0])]))


def test_a_fault_ends_its_requests_and_not_the_engine(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*tokens: object) -> None:
        raise RuntimeError("planted")

    one = [ask(prompts(engine, 1)[0])]
    engine.chat.stop_ids = frozenset()
    with monkeypatch.context() as patched:
        patched.setattr(engine._batch.slots, "turn", broken)
        answer = asyncio.run(answers(engine, one))[0]
    assert answer.finish == "fault"
    assert "planted" in answer.problem
    assert asyncio.run(answers(engine, one))[0].finish == "length"
    assert engine.counts.faults == 1


def test_what_does_not_fit_is_refused(engine: Engine) -> None:
    with pytest.raises(UserError, match="has 600 tokens"):
        engine.check(ask((5,) * 600))
    with pytest.raises(UserError, match="has 0 tokens"):
        engine.check(ask(()))


def test_a_stop_string_cuts_and_stops(engine: Engine) -> None:
    engine.chat.stop_ids = frozenset()
    prompt = prompts(engine, 3)[2]
    whole = asyncio.run(answers(engine, [ask(prompt, max_new_tokens=30)]))[0].text
    stop = whole[len(whole) // 2 : len(whole) // 2 + 3]
    cut = asyncio.run(answers(engine, [ask(prompt, max_new_tokens=30, stop=(stop,))]))[0]
    assert cut.text == whole[: whole.index(stop)].rstrip()
    assert cut.finish == "stop"
    assert cut.num_tokens < 30


def test_a_beginning_is_known_whole_when_it_comes_again() -> None:
    prompt = tuple(range(100, 140))
    keys = torch.randn(2, 1, 64, 4)
    cache = PrefixCache(64)
    cache.learn(prompt, keys, keys + 1)
    assert cache.find(prompt) == []
    cache.learn((*prompt[:17], *range(60)), keys, keys + 1)
    assert [len(cache.find(p)) for p in (prompt, prompt[:17], prompt[:16])] == [2, 2, 1]
    cache.learn(prompt, keys, keys + 1)
    found_keys, found_values = joined(cache.find(prompt))
    assert torch.equal(found_keys, keys[:, :, :32])
    assert torch.equal(found_values, keys[:, :, :32] + 1)
    assert cache.find(prompt[8:]) == []
    for number in range(50):
        for _ in range(2):
            cache.learn([number] * 64, keys, keys)
    assert cache.num_tokens == 64
