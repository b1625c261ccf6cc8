"""Who answers: a model in a local folder, or one behind an OpenAI-compatible URL."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from redone.errors import UserError
from redone.records import Message

_HASHED = (".safetensors", ".json", ".jinja", ".txt", ".model")
_CHUNK = 64
"""Prompts between two writes of a local run: what a kill can cost."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the question at ``at``; None with the reason where there is none."""

    at: int
    text: str | None
    problem: str = ""
    finish: str = ""


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


class LocalAnswerer:
    """A model folder (safetensors), answered by the group sampler, longest prompts first.

    A prompt longer than the context allows loses its beginning, as in the public harness, and its answer
    carries "cut" as its finish.
    """

    def __init__(self, folder: Path, decoding: Decoding) -> None:
        """Load the model.

        Raises:
            UserError: the folder holds no model that can be loaded safely.

        """
        from redone.model import GroupSampler, load_model

        self.folder, self.decoding = folder, decoding
        self.model, self.chat = load_model(folder)
        self.model.eval()
        self.sampler = GroupSampler(self.model, self.chat)

    def facts(self) -> Mapping[str, Any]:
        """Return the hash of every file that the answers depend on, and the decoding."""
        return {"model": folder_hash(self.folder), "decoding": asdict(self.decoding)}

    def answer(self, prompts: Sequence[tuple[Message, ...]]) -> Iterator[Answer]:
        """Yield answers, a chunk of prompts of like length at a time."""
        from redone.model import SamplingSettings

        context = int(self.model.config.max_position_embeddings)
        most = min(self.decoding.max_new_tokens, context // 2)
        settings = SamplingSettings(
            max_new_tokens=most, temperature=self.decoding.temperature, top_p=self.decoding.top_p
        )
        encoded = [self.chat.encode_prompt(messages) for messages in prompts]
        order = sorted(range(len(prompts)), key=lambda at: -len(encoded[at]))
        for start in range(0, len(order), _CHUNK):
            chosen = order[start : start + _CHUNK]
            kept = [encoded[at][most - context :] for at in chosen]
            drawn = self.sampler.generate(kept, settings, self.decoding.seed)
            for at, ids, (completion,) in zip(chosen, kept, drawn, strict=True):
                finish = "cut" if len(ids) < len(encoded[at]) else completion.finish
                yield Answer(at, self.chat.decode(completion.ids), finish=finish)


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


def folder_hash(folder: Path) -> str:
    """Return the hash of the names and contents of a model folder's files."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix in _HASHED:
            digest.update(path.name.encode("utf-8") + b"\0")
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]
