import asyncio
import json

import httpx
import httpx2
import pytest

from redone.errors import UserError
from redone.serving.apps.brains import Drafts
from redone.serving.http.errors import Refused
from redone.serving.http.settings import ServiceSettings
from redone.serving.start import upstream_service
from redone.serving.upstream import Upstream, UpstreamSettings

KEY = "the-other-servers-key-0123456789"
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def upstream(handler, monkeypatch: pytest.MonkeyPatch) -> Upstream:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("OTHER_KEY", KEY)
    settings = UpstreamSettings(url="http://127.0.0.1:9/v1", model="m", key_variable="OTHER_KEY")
    return Upstream(settings, httpx2.MockTransport(handler))


def call(other: Upstream, body: object) -> httpx.Response:
    service = upstream_service(other, ServiceSettings())

    async def one() -> httpx.Response:
        transport = httpx.ASGITransport(service.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/v1/chat/completions", json=body)

    return asyncio.run(one())


def test_a_request_is_passed_on_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"choices": [{"message": {"content": "yo"}}]})

    reply = call(upstream(handler, monkeypatch), CHAT)
    assert reply.json()["choices"][0]["message"]["content"] == "yo"
    assert str(seen[0].url) == "http://127.0.0.1:9/v1/chat/completions"
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(seen[0].content) == CHAT


@pytest.mark.parametrize(
    ("status", "expected"), [(302, 502), (500, 502), (401, 502), (429, 429), (503, 503), (400, 400)]
)
def test_faults_of_the_other_server(monkeypatch: pytest.MonkeyPatch, status: int, expected: int) -> None:
    """Redirects are not followed, and the other server's key trouble is not the caller's."""
    asked = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(
            status, headers={"location": "http://169.254.169.254/"}, text=KEY * (status == 401)
        )

    reply = call(upstream(handler, monkeypatch), CHAT)
    assert reply.status_code == expected
    assert asked == ["http://127.0.0.1:9/v1/chat/completions"]
    assert KEY not in reply.text


def test_nothing_that_a_request_names_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        raise AssertionError("nothing is to be sent")

    for url in ("http://169.254.169.254/", "http://10.0.0.1/", "file:///etc/passwd", "http://[::1]/"):
        part = {"type": "image_url", "image_url": {"url": url}}
        body = CHAT | {"messages": [{"role": "user", "content": [part]}]}
        assert call(upstream(handler, monkeypatch), body).status_code == 400


def test_the_brain_reads_log_probabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    tops = [
        {"token": " Yes", "logprob": -0.2},
        {"token": "no", "logprob": -1.8},
        {"token": "x", "logprob": -5},
    ]

    def handler(request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        if body.get("logprobs"):
            choice = {"message": {"content": "yes"}, "logprobs": {"content": [{"top_logprobs": tops}]}}
            return httpx2.Response(200, json={"choices": [choice]})
        texts = [{"message": {"content": f"t{n}"}, "finish_reason": "stop"} for n in range(body["n"])]
        return httpx2.Response(200, json={"choices": texts})

    async def ask() -> None:
        other = upstream(handler, monkeypatch)
        chosen = await other.choose("p", ("yes", "no"))
        assert chosen is not None
        assert chosen[0] == pytest.approx(0.832, abs=0.001)
        assert [w.text for w in await other.write("p", Drafts(count=2))] == ["t0", "t1"]

    asyncio.run(ask())


def test_a_strange_reply_is_a_502(monkeypatch: pytest.MonkeyPatch) -> None:
    other = upstream(lambda request: httpx2.Response(200, text="<html>"), monkeypatch)
    with pytest.raises(Refused) as refused:
        asyncio.run(other.choose("p", ("yes", "no")))
    assert refused.value.status == 502


@pytest.mark.parametrize("url", ["ftp://x/v1", "http://user:pw@x/v1", "x", "http:///v1", "http://x/v1?a=b"])
def test_an_upstream_is_an_address_and_nothing_more(url: str) -> None:
    with pytest.raises(UserError) as error:
        UpstreamSettings(url=url, model="m")
    assert "pw" not in str(error.value)
