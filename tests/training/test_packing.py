"""Rows hold every document once, and nobody looks into another document."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

from redone.errors import UserError
from redone.training import Group, TokenPair, TokenSequence
from redone.training.documents import group_documents, pair_document, sequence_document
from redone.training.packing import pack, pack_rows

tokens = st.lists(st.integers(2, 5), min_size=1, max_size=5)
groups = st.builds(
    lambda prompt, answers: Group(
        example_id="e",
        task="t",
        prompt_ids=tuple(prompt),
        answers=tuple(map(tuple, answers)),
        old_logprobs=tuple((-1.0,) * len(answer) for answer in answers),
        advantages=tuple(float(number) for number in range(len(answers))),
    ),
    tokens,
    st.lists(tokens, min_size=1, max_size=6),
)
pairs = st.builds(
    lambda prompt, answers: TokenPair(
        id="p", task="t", prompt_ids=tuple(prompt), chosen=tuple(answers[0]), rejected=tuple(answers[1])
    ),
    tokens,
    st.tuples(tokens, tokens).filter(lambda answers: answers[0] != answers[1]),
)


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 60))
def test_rows_hold_everything_once_within_capacity(lengths: list[int], capacity: int) -> None:
    rows = pack_rows(lengths, capacity)
    assert sorted(index for row in rows for index in row) == list(range(len(lengths)))
    assert all(len(row) == 1 or sum(lengths[index] for index in row) <= capacity for row in rows)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40))
def test_first_fit_decreasing_is_at_most_one_and_a_half_times_the_least(lengths: list[int]) -> None:
    assert len(pack_rows(lengths, 50)) <= 1.5 * -(-sum(lengths) // 50) + 1


@settings(deadline=None)
@given(groups, st.sampled_from(["prefix", "prompt", "none"]))
def test_a_path_through_the_tree_spells_prompt_and_answer(group: Group, share: str) -> None:
    """Whoever predicts answer token t sees exactly the prompt and the answer's first t tokens, in order."""
    spelled = []
    for document in group_documents(group, share):  # type: ignore[arg-type]
        for origin, target in zip(document.origins, document.targets, strict=True):
            columns = np.arange(len(document.ids))
            seen = columns[(columns <= origin) & (origin < document.ends)]
            assert list(document.positions[seen]) == list(range(len(seen)))
            spelled.append((tuple(document.ids[seen].tolist()), int(target)))
    wanted = [
        (group.prompt_ids + answer[:place], answer[place])
        for answer in group.answers
        for place in range(len(answer))
    ]
    assert sorted(spelled) == sorted(wanted)


@settings(deadline=None)
@given(pairs, st.booleans())
def test_a_pair_is_a_tree_with_the_chosen_answer_first(pair: TokenPair, merge: bool) -> None:
    """Targets stand in order with their answer's values, each seeing its own prompt and answer only."""
    document = pair_document(pair, (-3.0, -5.0), chosen_weight=0.25, task=2, merge=merge)
    wanted = [
        (pair.prompt_ids + answer[:place], answer[place], reference, weight, 2.0)
        for answer, reference, weight in ((pair.chosen, -3.0, 0.25), (pair.rejected, -5.0, 0.0))
        for place in range(len(answer))
    ]
    columns = np.arange(len(document.ids))
    spelled = []
    for number, (origin, target) in enumerate(zip(document.origins, document.targets, strict=True)):
        seen = columns[(columns <= origin) & (origin < document.ends)]
        values = (float(document.values[name][number]) for name in ("reference", "chosen", "task"))
        spelled.append((tuple(document.ids[seen].tolist()), int(target), *values))
    assert spelled == wanted


@settings(deadline=None)
@given(st.lists(groups, min_size=1, max_size=5), st.integers(1, 60), st.integers(1, 200))
def test_batches_keep_targets_in_order_and_documents_apart(
    made: list[Group], row_tokens: int, batch_tokens: int
) -> None:
    documents = [group_documents(group)[0] for group in made]
    batches = pack(documents, row_tokens=row_tokens, batch_tokens=batch_tokens)
    assert sorted(number for batch in batches for number in batch.order) == list(range(len(documents)))
    for batch in batches:
        expected = np.concatenate([documents[number].targets for number in batch.order])
        assert batch.targets.tolist() == expected.tolist()
        visible = batch.mask(torch.float32)[:, 0] == 0
        assert bool(visible.diagonal(dim1=1, dim2=2).all())
        sees = visible.sum(-1).expand(batch.ids.shape).reshape(-1)[batch.origins]
        assert sees.tolist() == (batch.positions.reshape(-1)[batch.origins] + 1).tolist()


def test_shared_beginnings_are_stored_once() -> None:
    group = Group(
        example_id="e",
        task="t",
        prompt_ids=(2, 3, 4),
        answers=((5, 6, 1), (5, 6, 1), (5, 7, 1), (1,)),
        old_logprobs=((-1.0,) * 3, (-1.0,) * 3, (-1.0,) * 3, (-1.0,)),
        advantages=(1.0, 1.0, -1.0, -1.0),
    )
    columns = {
        share: sum(len(d.ids) for d in group_documents(group, share))  # type: ignore[arg-type]
        for share in ("prefix", "prompt", "none")
    }
    assert columns == {"prefix": 3 + 3, "prompt": 3 + 6, "none": 4 * 3 + 6}


def test_the_last_token_and_unmarked_tail_take_no_column() -> None:
    document = sequence_document(TokenSequence(ids=(2, 3, 4, 5, 6), loss_mask=(0, 0, 1, 1, 0)))
    assert document.ids.tolist() == [2, 3, 4]
    assert document.targets.tolist() == [4, 5]
    assert document.origins.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("ids", "mask", "word"),
    [((2, 3), (0, 1, 1), "entries"), ((2, 3), (1, 1), "first token"), ((2, 3), (0, 0), "no token")],
)
def test_a_sequence_without_sense_is_refused(ids: tuple[int, ...], mask: tuple[int, ...], word: str) -> None:
    with pytest.raises(UserError, match=word):
        TokenSequence(ids=ids, loss_mask=mask, id="s7")
