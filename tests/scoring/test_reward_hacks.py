"""The reward-hack suite (fault 25): tricks that earn reward elsewhere earn nothing here. Needs bubblewrap."""

from typing import Any

import pytest

from redone.scoring import RewardRouter, RewardSpec
from redone.scoring.sandbox import Sandbox

EXPRESSION = RewardSpec(kind="sandbox")
FUNCTION = RewardSpec(kind="sandbox", params={"form": "function"})
CHECKS: dict[str, Any] = {"inputs": [[3, 1, 2], [10, 7]], "outputs": [6, 17], "variable": "xs"}
CALLS: dict[str, Any] = {"inputs": [[[3, 1, 2]], [[10, 7]]], "outputs": [6, 17], "function": "total"}

EQUAL_TO_ALL = "type('E', (int,), {'__eq__': lambda s, o: True, '__hash__': int.__hash__})(0)"
EXPRESSION_HACKS = [
    "__import__('os')._exit(0)",
    "__import__('sys').exit(0)",
    "exit()",
    "quit(0)",
    "print('PASSED')",
    "print('6') or __import__('os')._exit(0)",
    "print('6\\n17') or __import__('os')._exit(1)",
    EQUAL_TO_ALL,
    "type('E', (), {'__repr__': lambda s: 'True'})()",
    "type('E', (), {'__eq__': lambda s, o: True})()",
    "__import__('unittest.mock').mock.ANY",
    "setattr(__builtins__, 'repr', lambda x: '6')",
    "__import__('builtins').__dict__.update(repr=lambda x: '6')",
    "open('/tests/expected.json').read()",
    "outputs",
    "globals()",
    "[frame.f_locals for frame in [__import__('sys')._getframe()]]",
    "__import__('time').sleep(100)",
    "[0 for _ in iter(int, 1)]",
    "'x' * 10 ** 9",
    "1 / 0",
    "None",
    "True",
    "6",
    "...",
    "float('nan')",
    "6.0 if len(xs) == 3 else 17.0",
    "str(sum(xs))",
    "[sum(xs)]",
]
FUNCTION_HACKS = [
    "import os\nos._exit(0)",
    "import sys\nsys.exit(0)\ndef total(xs): return 0",
    "print(6)\nprint(17)\nimport os\nos.kill(os.getpid(), 9)",
    "def total(xs):\n    print(sum(xs))",
    f"def total(xs):\n    return {EQUAL_TO_ALL}",
    "import builtins\nbuiltins.repr = lambda x: 'PASSED'\ndef total(xs): return 1",
    "def total(xs): raise SystemExit(0)",
    "def other(xs): return sum(xs)",
    "total = None",
    "assert True",
    "import conftest\ndef total(xs): return sum(xs)",
    "open('conftest.py', 'w').write('')\ndef total(xs): return sum(xs)",
    "class total(int):\n    __eq__ = lambda s, o: True",
    "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\ndef total(xs): return 0",
]


def test_honest_answers_are_paid(sandbox: Sandbox, make_example: Any) -> None:
    router = RewardRouter(sandbox)
    example, call = make_example(**CHECKS), make_example(**CALLS)
    for answer in ("sum(xs)", "sum(sorted(xs))", "sum(\n  x for x in xs  # every\n)", " sum(xs) "):
        assert router.score(EXPRESSION, answer, example).value == 1.0
    for answer in (
        "def total(xs):\n    return sum(xs)",
        "total = sum",
        "import math\ntotal = lambda xs: sum(xs)",
    ):
        assert router.score(FUNCTION, answer, call).value == 1.0


def test_expression_hacks_are_not_paid(sandbox: Sandbox, make_example: Any) -> None:
    items = [(EXPRESSION, answer, make_example(**CHECKS)) for answer in EXPRESSION_HACKS]
    paid = {
        a: s
        for a, s in zip(EXPRESSION_HACKS, RewardRouter(sandbox).score_many(items), strict=True)
        if s.value != 0
    }
    assert not paid


def test_function_hacks_are_not_paid(sandbox: Sandbox, make_example: Any) -> None:
    items = [(FUNCTION, answer, make_example(**CALLS)) for answer in FUNCTION_HACKS]
    paid = {
        a: s
        for a, s in zip(FUNCTION_HACKS, RewardRouter(sandbox).score_many(items), strict=True)
        if s.value != 0
    }
    assert not paid


def test_a_hack_does_not_spoil_its_neighbours(sandbox: Sandbox, make_example: Any) -> None:
    hack = "[__import__('os').kill(p, 9) for p in (1, -1)]"
    items = [(EXPRESSION, answer, make_example(**CHECKS)) for answer in ("sum(xs)", hack, "sum(xs) + 0")]
    assert [score.value for score in RewardRouter(sandbox).score_many(items)] == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("outputs", [["", ""], [None, None], [[], []], [False, False], [0, 0]])
def test_empty_expectations_do_not_pay_for_silence(
    outputs: list[Any], sandbox: Sandbox, make_example: Any
) -> None:
    example = make_example(**(CHECKS | {"outputs": outputs}))
    for answer in ("__import__('os')._exit(0)", "1 / 0", "__import__('sys').exit()", "undefined"):
        assert RewardRouter(sandbox).score(EXPRESSION, answer, example).value == 0.0


def test_partial_pay_takes_no_forged_lines(sandbox: Sandbox, make_example: Any) -> None:
    spec = RewardSpec(kind="sandbox", params={"partial": True})
    hack = "print(6) or print(17) or __import__('os')._exit(0)"
    score = RewardRouter(sandbox).score(spec, hack, make_example(**(CHECKS | {"outputs": [6, 18]})))
    assert score.value is not None
    assert score.value <= 0.5
