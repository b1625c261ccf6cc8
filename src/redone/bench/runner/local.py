"""A model in a local folder as the one who answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redone.bench.runner.answerers import Answer, Decoding
from redone.records import Message

if TYPE_CHECKING:
    from redone.model.products import Kernels

_HASHED = (".safetensors", ".json", ".jinja", ".txt", ".model")
_ENCODED = 8192
"""Prompts that are read and grouped at a time."""


class LocalAnswerer:
    """A model folder (safetensors). Instructions that prompts share are read once, short prompts first.

    A prompt longer than the context allows loses its beginning, as in the public harness, and its answer
    is marked as cut. ``kernels`` chooses who multiplies (see ``redone.model.products``).
    """

    def __init__(self, folder: Path, decoding: Decoding, kernels: Kernels = "onednn") -> None:
        """Load the model.

        Raises:
            UserError: the folder holds no model that can be loaded safely.

        """
        from redone.model import PrefixSampler, load_model

        self.folder, self.decoding = folder, decoding
        self.model, self.chat = load_model(folder)
        self.model.eval()
        self.sampler = PrefixSampler(self.model, self.chat, kernels=kernels)
        self._slots = {"answers": 0, "slots_computed": 0, "slots_floor": 0}

    def facts(self) -> Mapping[str, Any]:
        """Return the hash of every file that the answers depend on, and the decoding."""
        return {"model": folder_hash(self.folder), "decoding": asdict(self.decoding)}

    def answer(self, prompts: Sequence[tuple[Message, ...]]) -> Iterator[Answer]:
        """Yield answers as batches are done."""
        for start in range(0, len(prompts), _ENCODED):
            for answer in self._answered(prompts[start : start + _ENCODED]):
                yield replace(answer, at=start + answer.at)

    def work(self) -> Mapping[str, int]:
        """Return token positions computed, and the fewest possible: each distinct prefix token once."""
        return dict(self._slots)

    def _answered(self, prompts: Sequence[tuple[Message, ...]]) -> Iterator[Answer]:
        from redone.model import SamplingSettings

        context = int(self.model.config.max_position_embeddings)
        most = min(self.decoding.max_new_tokens, context // 2)
        settings = SamplingSettings(
            max_new_tokens=most, temperature=self.decoding.temperature, top_p=self.decoding.top_p
        )
        encoded = [self.chat.encode_prompt(messages) for messages in prompts]
        kept = [ids[most - context :] for ids in encoded]
        for batch in self.sampler.stream(kept, settings, self.decoding.seed):
            for at, completion in batch:
                text, cut = self.chat.decode(completion.ids), len(kept[at]) < len(encoded[at])
                yield Answer(at, text, finish=completion.finish, cut=cut)
        self._slots["answers"] += len(prompts)
        self._slots["slots_computed"] += self.sampler.slots.computed
        self._slots["slots_floor"] += self.sampler.slots.floor


def folder_hash(folder: Path) -> str:
    """Return the hash of the names and contents of a model folder's files."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix in _HASHED:
            digest.update(path.name.encode("utf-8") + b"\0")
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]
