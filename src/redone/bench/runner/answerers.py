"""Who answers: what every answerer does, and the one behind an OpenAI-compatible URL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from redone.errors import UserError
from redone.records import Message


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the question at ``at``; None with the reason where there is none.

    ``cut``: the prompt was longer than the context and lost its beginning.
    """

    at: int
    text: str | None
    problem: str = ""
    finish: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding:
    """How answers are drawn; greedy by default. Part of the cache key."""

    max_new_tokens: int = 1024
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


class Answerer(Protocol):
    """Gives answers in any order, each as soon as it is there."""

    def facts(self) -> Mapping[str, Any]:
        """Return what identifies the model: part of the cache key."""
        ...

    def answer(self, prompts: Sequence[tuple[Message, ...]]) -> Iterator[Answer]:
        """Yield one answer for each prompt."""
        ...

    def work(self) -> Mapping[str, int]:
        """Return counts of what answering took; they change no answer."""
        ...


class EndpointAnswerer:
    """A model behind a URL: several requests at a time, retried with growing waits.

    What fails in the end is an answer of None with the endpoint's own words, to be asked again by the next
    run; it is never an empty text.
    """

    def __init__(self, url: str, model: str, decoding: Decoding, key_variable: str = "") -> None:
        """Check the address.

        Raises:
            UserError: the URL is none, or the named environment variable is not set.

        """
        from redone.model.endpoint import EndpointClient, EndpointSettings

        if not model:
            raise UserError("--model is a URL: name the model it serves with --model-name")
        self.decoding = decoding
        self.settings = EndpointSettings(url=url, model=model, key_variable=key_variable)
        self.client = EndpointClient(self.settings)

    def facts(self) -> Mapping[str, Any]:
        """Return the address, the model's name there, and the decoding."""
        return {"model": f"{self.settings.url}#{self.settings.model}", "decoding": asdict(self.decoding)}

    def answer(self, prompts: Sequence[tuple[Message, ...]]) -> Iterator[Answer]:
        """Yield answers in the order in which they arrive."""
        with ThreadPoolExecutor(self.settings.parallel) as pool:
            waiting = [pool.submit(self._one, at, messages) for at, messages in enumerate(prompts)]
            try:
                for future in as_completed(waiting):
                    yield future.result()
            finally:
                for future in waiting:
                    future.cancel()

    def work(self) -> Mapping[str, int]:
        """Return nothing: what happens behind the URL is not known."""
        return {}

    def _one(self, at: int, messages: tuple[Message, ...]) -> Answer:
        from redone.model.endpoint import ChatRequest, EndpointError

        request = ChatRequest(
            messages=messages, max_tokens=self.decoding.max_new_tokens,
            temperature=self.decoding.temperature, top_p=self.decoding.top_p, seed=self.decoding.seed,
        )  # fmt: skip
        try:
            (answer,) = self.client.complete(request)
        except EndpointError as error:
            return Answer(at, None, problem=str(error)[:300])
        return Answer(at, answer.text, finish=answer.finish)
