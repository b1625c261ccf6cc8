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

from redone.training.pairs import TokenPair
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
    values = [
        {
            "advantage": np.full(len(answer), advantage, dtype=np.float32),
            "old_logprob": np.asarray(old, dtype=np.float32),
        }
        for answer, old, advantage in zip(group.answers, group.old_logprobs, group.advantages, strict=True)
    ]
    if share == "none":
        return [
            _tree(group.prompt_ids, [answer], [value], merge=False)
            for answer, value in zip(group.answers, values, strict=True)
        ]
    return [_tree(group.prompt_ids, group.answers, values, merge=share == "prefix")]


def pair_document(
    pair: TokenPair,
    references: tuple[float, float] = (0.0, 0.0),
    *,
    chosen_weight: float = 1.0,
    task: int = 0,
    merge: bool = True,
) -> Document:
    """The columns of a pair; its targets are the chosen answer's tokens, then the rejected one's.

    Both answers stand in one tree, so that they never fall into different micro-batches; ``merge`` also
    shares their common beginning. Values per target: ``reference``, the reference log-probability of the
    target's whole answer; ``chosen``, ``chosen_weight`` (above 0) in the chosen answer and 0 in the rejected
    one; ``task``, the number of the pair's task.
    """
    answers = (pair.chosen, pair.rejected)
    values = [
        {
            "reference": np.full(len(answer), reference, dtype=np.float32),
            "chosen": np.full(len(answer), weight, dtype=np.float32),
            "task": np.full(len(answer), task, dtype=np.float32),
        }
        for answer, reference, weight in zip(answers, references, (chosen_weight, 0.0), strict=True)
    ]
    return _tree(pair.prompt_ids, answers, values, merge=merge)


def _tree(
    prompt_ids: Sequence[int],
    answers: Sequence[tuple[int, ...]],
    values: Sequence[Mapping[str, Floats]],
    *,
    merge: bool,
) -> Document:
    """Depth-first columns: sorting the answers brings common prefixes together, so one stack is enough.

    Targets keep the order of ``answers``; ``values`` are theirs.
    """
    prompt = len(prompt_ids)
    ids = list(prompt_ids)
    positions = list(range(prompt))
    ends = [0] * prompt
    path: list[int] = []
    before: tuple[int, ...] = ()
    origins: list[list[int]] = [[] for _ in answers]
    for index in sorted(range(len(answers)), key=lambda i: answers[i]):
        inner = answers[index][:-1]
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
    return Document(
        ids=np.asarray(ids, dtype=np.int64),
        positions=np.asarray(positions, dtype=np.int64),
        ends=np.asarray(ends, dtype=np.int64),
        origins=np.asarray([column for path in origins for column in path], dtype=np.int64),
        targets=np.asarray([token for answer in answers for token in answer], dtype=np.int64),
        values={name: np.concatenate([value[name] for value in values]) for name in values[0]},
    )


def _common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    for depth, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return depth
    return min(len(left), len(right))
