"""One sequence, or one prompt with all of its answers, laid out in columns as a tree of tokens.

A tree in depth-first order needs one number per column to describe who may look at it: ``ends[k]``, the
column after the last descendant of ``k``. Column ``q`` attends to ``k`` exactly when ``k <= q < ends[k]``. A
plain sequence is a tree without branches, so that one rule serves next-token rows, preference pairs and
groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from redone.training.sequences import Group, TokenSequence

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Sharing = Literal["prefix", "prompt", "none"]


@dataclass(frozen=True, slots=True)
class Document:
    """Columns of one tree, and its targets.

    ``ids``, ``positions``, ``ends``: [columns]. ``origins``: [targets] the column whose hidden state predicts
    the target; ``targets``: [targets] token ids. ``values``: per-target numbers that the objective needs, by
    name. The last token of a sequence predicts nothing, so it has no column.
    """

    ids: Ints
    positions: Ints
    ends: Ints
    origins: Ints
    targets: Ints
    values: Mapping[str, Floats] = field(default_factory=dict)


def sequence_document(sequence: TokenSequence, source: int = 0) -> Document:
    """The columns of a sequence; its targets are the tokens that the loss mask marks.

    ``values["source"]`` repeats the source's number, so that losses can be summed per source.
    """
    tokens = np.asarray(sequence.ids, dtype=np.int64)
    marked = np.flatnonzero(np.asarray(sequence.loss_mask))
    used = int(marked[-1])
    return Document(
        ids=tokens[:used],
        positions=np.arange(used),
        ends=np.full(used, used, dtype=np.int64),
        origins=marked - 1,
        targets=tokens[marked],
        values={"source": np.full(len(marked), source, dtype=np.float32)},
    )


def group_documents(group: Group, share: Sharing = "prefix") -> list[Document]:
    """The columns of a group.

    ``share`` says what the answers have in common: "prefix" merges every common beginning (answers to
    classification tasks are often equal), "prompt" only the prompt, "none" gives one document per answer with
    its own copy of the prompt. All three have the same loss and gradient; they differ in columns.
    """
    if share == "none":
        return [_tree(group, [index], merge=False) for index in range(len(group.answers))]
    return [_tree(group, range(len(group.answers)), merge=share == "prefix")]


def _tree(group: Group, members: Sequence[int], *, merge: bool) -> Document:
    """Depth-first columns: sorting the answers brings common prefixes together, so one stack is enough."""
    prompt = len(group.prompt_ids)
    ids = list(group.prompt_ids)
    positions = list(range(prompt))
    ends = [0] * prompt
    path: list[int] = []
    before: tuple[int, ...] = ()
    origins: dict[int, list[int]] = {}
    for index in sorted(members, key=lambda i: group.answers[i]):
        inner = group.answers[index][:-1]
        shared = _common_prefix(before, inner) if merge else 0
        for column in path[shared:]:
            ends[column] = len(ids)
        del path[shared:]
        for depth in range(shared, len(inner)):
            path.append(len(ids))
            ids.append(inner[depth])
            positions.append(prompt + depth)
            ends.append(0)
        origins[index] = [prompt - 1, *path]
        before = inner
    for column in (*range(prompt), *path):
        ends[column] = len(ids)
    return _finish(group, members, (ids, positions, ends), origins)


def _finish(
    group: Group,
    members: Sequence[int],
    columns: tuple[list[int], list[int], list[int]],
    origins: Mapping[int, Sequence[int]],
) -> Document:
    ids, positions, ends = (np.asarray(part, dtype=np.int64) for part in columns)
    lengths = [len(group.answers[index]) for index in members]
    return Document(
        ids=ids,
        positions=positions,
        ends=ends,
        origins=np.concatenate([np.asarray(origins[index], dtype=np.int64) for index in members]),
        targets=np.concatenate([np.asarray(group.answers[index], dtype=np.int64) for index in members]),
        values={
            "advantage": np.repeat(
                np.asarray([group.advantages[index] for index in members], dtype=np.float32), lengths
            ),
            "old_logprob": np.concatenate(
                [np.asarray(group.old_logprobs[index], dtype=np.float32) for index in members]
            ),
        },
    )


def _common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    for depth, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return depth
    return min(len(left), len(right))
