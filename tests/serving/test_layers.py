"""The engine's arithmetic against the decoder's, and rows of any sizes against rows alone."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redone.model import load_model
from redone.model.products import Kernels
from redone.model.weights import take_weights
from redone.serving.engine.attending import readings
from redone.serving.engine.layers import Folded, Layers, Stock, layers_of
from redone.serving.engine.slots import Slots


@pytest.mark.parametrize("kernels", ["torch", "onednn"])
@pytest.mark.parametrize("rows", [1, 4, 5, 70])
def test_folded_layers_are_the_decoders(folder: Path, kernels: Kernels, rows: int) -> None:
    model, _ = load_model(folder)
    folded, stock = layers_of(model, kernels), Stock(take_weights(model, model.dtype))
    assert isinstance(folded, Folded)
    decoder = stock.decoder
    torch.manual_seed(0)
    hidden = torch.randn(rows, decoder.embed.shape[1])
    heads = decoder.heads + decoder.kv_heads
    cos, sin = (t[:rows, None].expand(-1, heads, -1).contiguous() for t in decoder.rope_table(rows))
    attended = torch.randn(rows, decoder.heads * decoder.head_dim)
    for layer in range(len(decoder.layers)):
        for got, expected in zip(
            folded.project(layer, hidden, (cos, sin)), stock.project(layer, hidden, (cos, sin)), strict=True
        ):
            torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)
        made = folded.finish(layer, hidden, attended)
        torch.testing.assert_close(made, stock.finish(layer, hidden, attended), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(folded.logits(hidden), stock.logits(hidden), atol=1e-4, rtol=1e-4)


def test_another_dtype_is_left_as_it_is(folder: Path) -> None:
    model, _ = load_model(folder, dtype=torch.bfloat16)
    assert isinstance(layers_of(model, "onednn"), Stock)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 20)), min_size=1, max_size=7), st.integers(0, 3))
def test_rows_read_together_are_as_read_alone(shapes: list[tuple[int, int]], live: int) -> None:
    layers = _layers()
    rng = torch.Generator().manual_seed(1)
    draw = lambda n: torch.randint(5, 200, (n,), generator=rng).tolist()  # noqa: E731
    whole = [draw(start + size) for size, start in shapes]
    begun = [draw(3 + n) for n in range(live)]
    slots = Slots(layers, 128)
    if live:
        slots.turn([], begun, [0] * live)
    for place, (ids, (_, start)) in enumerate(zip(whole, shapes, strict=True)):
        if start:
            slots.read([ids[:start]], [0], live + place)
    tails = [ids[start:] for ids, (_, start) in zip(whole, shapes, strict=True)]
    got = slots.turn([7] * live, tails, [start for _, start in shapes])
    for place, ids in enumerate([*([*ids, 7] for ids in begun), *whole]):
        alone = Slots(layers, 128).turn([], [ids], [0])
        torch.testing.assert_close(got[place : place + 1], alone, atol=1e-3, rtol=1e-3)


def test_rows_of_like_size_are_read_together() -> None:
    like = torch.zeros(1)
    parts = readings([5, 6, 9, 60, 61, 200], [0] * 6, 3, like)
    assert [(p.rows.start, p.rows.stop) for p in parts] == [(3, 6), (6, 8), (8, 9)]
    assert [p.num_tokens for p in parts] == [20, 121, 200]


def _layers() -> Layers:
    from redone.model import TinySettings, create_model, train_tokenizer

    if not _made:
        chat = train_tokenizer(["abc def"] * 20, 320)
        tiny = TinySettings(hidden=32, layers=2, heads=4, kv_heads=2, head_dim=8, mlp=48, context=128)
        _made.append(layers_of(create_model(tiny, chat, seed=1), "onednn"))
    return _made[0]


_made: list[Layers] = []
