import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from redone.errors import UserError
from redone.model.endpoint import ChatRequest, EndpointClient, EndpointError, EndpointSettings
from redone.records import Message

ASK = ChatRequest(messages=(Message("user", "hi"),), max_tokens=5)


def choice(text):
    return {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}


def good(body):
    return 200, {"choices": [choice(f"{body['messages'][-1]['content']} {i}") for i in range(body["n"])]}


@pytest.fixture
def server():
    """A server whose ``script`` holds its next replies; afterwards it answers well."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.server.seen.append((self.path, body, self.headers.get("authorization")))
            step = self.server.script.pop(0) if self.server.script else good
            status, content, *headers = step(body) if callable(step) else step
            raw = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_):
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.seen, httpd.script = [], []
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def client(server, waits=None, **changes):
    settings = EndpointSettings(url=f"http://127.0.0.1:{server.server_port}/v1", model="m", **changes)
    return EndpointClient(settings, sleep=(waits if waits is not None else []).append)


def test_answers_and_what_is_sent(server, monkeypatch):
    monkeypatch.setenv("SOME_KEY", "s3")
    with client(server, key_variable="SOME_KEY") as endpoint:
        answers = endpoint.complete(ChatRequest(messages=ASK.messages, count=2, seed=4, temperature=0.7))
        assert "s3" not in repr(endpoint.settings)
    assert [(a.text, a.finish) for a in answers] == [("hi 0", "stop"), ("hi 1", "stop")]
    ((path, body, key),) = server.seen
    assert path == "/v1/chat/completions"
    assert (body["n"], body["seed"], body["temperature"], body["model"]) == (2, 4, 0.7, "m")
    assert key == "Bearer s3"


def test_passing_failures_are_waited_out(server):
    server.script += [(503, {}), (429, {}, ("retry-after", "7")), (200, b"<html>")]
    waits: list[float] = []
    with client(server, waits) as endpoint:
        assert endpoint.complete(ASK)[0].text == "hi 0"
    assert waits == [0.5, 7.0, 2.0]


@pytest.mark.parametrize(
    ("reply", "status", "said"),
    [
        ((500, {"error": "boom"}), 500, "boom"),
        ((200, b"not json"), 200, "another form"),
        ((200, {"choices": []}), 200, "0 answers where 1"),
        ((200, {"choices": [choice(None)]}), 200, "with text"),
        ((200, {"error": {"message": "x"}}), 200, "another form"),
    ],
)
def test_lasting_failures_are_typed(server, reply, status, said):
    server.script += [reply] * 3
    with client(server, attempts=3) as endpoint, pytest.raises(EndpointError, match=said) as caught:
        endpoint.complete(ASK)
    assert (caught.value.status, caught.value.attempts) == (status, 3)
    assert len(server.seen) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 302])
def test_refusals_are_not_repeated(server, status):
    server.script.append((status, {"why": "no"}, ("location", "http://127.0.0.1:1/")))
    with client(server) as endpoint, pytest.raises(EndpointError, match="no") as caught:
        endpoint.complete(ASK)
    assert caught.value.attempts == len(server.seen) == 1


def test_nobody_there():
    settings = EndpointSettings(url="http://127.0.0.1:9/v1", model="m", attempts=2)
    with (
        EndpointClient(settings, sleep=lambda _: None) as endpoint,
        pytest.raises(EndpointError, match="cannot be reached") as caught,
    ):
        endpoint.complete(ASK)
    assert caught.value.status is None


def test_settings_are_checked(monkeypatch):
    with pytest.raises(UserError, match="http"):
        EndpointSettings(url="file:///etc/passwd", model="m")
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(UserError, match="NOT_SET"):
        EndpointClient(EndpointSettings(url="http://x", model="m", key_variable="NOT_SET"))
