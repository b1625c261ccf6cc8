"""The official client, unmodified, against a real server process on loopback."""

import asyncio
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import openai
import pytest

KEY = "a-secret-key-of-tests-0123456789"
PICTURE = [{"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}}]
HELLO = [{"role": "user", "content": "hello abc"}]


@pytest.fixture
def client(server: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.url, api_key="any", max_retries=0)


def gauge(server: Any, name: str) -> float:
    page = urllib.request.urlopen(server.url.removesuffix("/v1") + "/metrics").read().decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
    assert found
    return float(found[1])


def test_it_chats(client: openai.OpenAI) -> None:
    model = client.models.list().data[0].id
    assert model == "tiny"
    assert client.models.retrieve(model).id == model
    reply = client.chat.completions.create(model=model, messages=HELLO, max_tokens=8, temperature=0)
    assert reply.choices[0].finish_reason in {"stop", "length"}
    assert reply.usage is not None
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert reply.usage.completion_tokens <= 8


def test_it_streams_the_same_text(client: openai.OpenAI) -> None:
    asked = {"model": "tiny", "messages": HELLO, "max_tokens": 30, "temperature": 1.0, "seed": 5}
    whole = client.chat.completions.create(**asked)
    chunks = list(
        client.chat.completions.create(**asked, stream=True, stream_options={"include_usage": True})
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == whole.choices[0].finish_reason


def test_choices_and_completions(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(model="tiny", messages=HELLO, n=3, seed=1, max_tokens=6)
    assert [choice.index for choice in reply.choices] == [0, 1, 2]
    text = client.completions.create(model="tiny", prompt=["abc", "hello"], max_tokens=4, seed=1)
    assert len(text.choices) == 2
    again = client.completions.create(model="tiny", prompt=["abc", "hello"], max_tokens=4, seed=1)
    assert [c.text for c in again.choices] == [c.text for c in text.choices]
    stream = client.completions.create(model="tiny", prompt="abc", max_tokens=4, seed=1, stream=True)
    assert "".join(c.choices[0].text for c in stream) == text.choices[0].text


def test_streams_run_side_by_side(server: Any) -> None:
    async def all_of_them() -> list[str]:
        async with openai.AsyncOpenAI(base_url=server.url, api_key="any") as client:

            async def one(number: int) -> str:
                stream = await client.chat.completions.create(
                    model="tiny", messages=[{"role": "user", "content": f"abc {number % 3}"}], max_tokens=16,
                    temperature=0, stream=True,
                )  # fmt: skip
                return "".join([c.choices[0].delta.content or "" async for c in stream])

            return list(await asyncio.gather(*(one(n) for n in range(24))))

    texts = asyncio.run(all_of_them())
    assert len(texts) == 24
    assert len(set(texts)) <= 3


def test_who_disconnects_frees_the_slot(server: Any, client: openai.OpenAI) -> None:
    before = gauge(server, 'redone_answers_total{end="cancelled"}')
    hit = 0
    for seed in range(20):
        stream = client.chat.completions.create(
            model="tiny", messages=HELLO, max_tokens=400, temperature=2.0, seed=seed, stream=True
        )
        next(iter(stream))
        stream.close()
        hit = int(gauge(server, 'redone_answers_total{end="cancelled"}') - before)
        if hit:
            break
    deadline = time.monotonic() + 20
    while gauge(server, "redone_rows") > 0:
        assert time.monotonic() < deadline, "the row is still being decoded"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"model": "other"}, 404),
        ({"messages": []}, 400),
        ({"messages": [{"role": "tool", "content": "a"}]}, 400),
        ({"messages": [{"role": "user", "content": PICTURE}]}, 400),
        ({"temperature": -1}, 400),
        ({"max_tokens": 0}, 400),
        ({"n": 99}, 400),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, 400),
        ({"response_format": {"type": "json_object"}}, 400),
        ({"messages": [{"role": "user", "content": "abc " * 2000}]}, 400),
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_refused_and_said(
    client: openai.OpenAI, change: dict[str, object], status: int
) -> None:
    with pytest.raises(openai.APIStatusError) as error:
        client.chat.completions.create(**({"model": "tiny", "messages": HELLO} | change))
    assert error.value.status_code == status
    assert error.value.body["message"]
    assert error.value.response.headers["x-request-id"]


def test_a_stop_lets_requests_end(started: Callable[..., Any]) -> None:
    server = started("--api-key-env", "SERVE_TEST_KEY", SERVE_TEST_KEY=KEY)
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=server.url, api_key="wrong", max_retries=0).models.list()
    client = openai.OpenAI(base_url=server.url, api_key=KEY, max_retries=0)
    stream = client.chat.completions.create(
        model="tiny", messages=HELLO, max_tokens=300, temperature=1.0, seed=2, stream=True
    )
    chunks = iter(stream)
    next(chunks)
    server.process.send_signal(signal.SIGTERM)
    rest = list(chunks)
    assert rest[-1].choices[0].finish_reason in {"stop", "length"}
    assert server.stop() == 0
    assert KEY not in "".join(server.lines)
