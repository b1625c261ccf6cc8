"""The sandbox reward with a stand-in for the sandbox: what it has run, and what it makes of results."""

from collections.abc import Sequence
from typing import Any

import pytest

from redone.errors import UserError
from redone.scoring import RewardError, RewardRouter, RewardSpec
from redone.scoring.rewards.code_programs import build_program, count_passed, same_value
from redone.scoring.sandbox import SandboxResult

CODE = RewardSpec(kind="sandbox")
CHECKS: dict[str, Any] = {"inputs": [[3, 1], [5]], "outputs": [4, 5], "variable": "xs"}


class Answering:
    """A sandbox that gives the same result to everything, or a series of them call by call."""

    def __init__(self, *results: SandboxResult) -> None:
        self.results = list(results)
        self.batches: list[list[str]] = []

    def run_many(self, programs: Sequence[str]) -> list[SandboxResult]:
        self.batches.append(list(programs))
        result = self.results.pop(0) if len(self.results) > 1 else self.results[0]
        return [result] * len(programs)


def test_expected_outputs_never_enter_the_program() -> None:
    checks = CHECKS | {"outputs": [987654321, "secret-answer"]}
    program = build_program("sum(xs)", checks, "expression")
    assert program is not None
    assert "987654321" not in program
    assert "secret-answer" not in program


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   ",
        "x = 1",
        "1; 2",
        "sum(xs",
        "1\nimport os",
        "x" * 3000,
        "(" * 500,
        "\0",
        "yield 1 2",
        "lambda",
    ],
)
def test_what_is_no_expression_is_wrong_without_being_run(answer: str, make_example: Any) -> None:
    sandbox = Answering(SandboxResult("ok", "4\n5\n"))
    score = RewardRouter(sandbox).score(CODE, answer, make_example(**CHECKS))
    assert score.value == 0.0
    assert score.components["sandbox/not-code"] == 1.0
    assert sandbox.batches == []


def test_an_answer_cannot_break_out_of_its_place() -> None:
    program = build_program("sum(xs) # )) or print(1)", CHECKS, "expression")
    assert program is not None
    assert "#" not in program


@pytest.mark.parametrize(
    ("result", "value"),
    [
        (SandboxResult("ok", "4\n5\n"), 1.0),
        (SandboxResult("ok", "4\n6\n"), 0.0),
        (SandboxResult("ok", "4\n5\n5\n"), 0.0),
        (SandboxResult("ok", "4\n"), 0.0),
        (SandboxResult("ok", ""), 0.0),
        (SandboxResult("ok", "4\nerror IndexError\n"), 0.0),
        (SandboxResult("ok", "PASSED\nPASSED\n"), 0.0),
        (SandboxResult("failed", "4\n5\n"), 0.0),
        (SandboxResult("timeout", "4\n5\n"), 0.0),
        (SandboxResult("memory", "4\n5\n"), 0.0),
        (SandboxResult("output-limit", "4\n5\n"), 0.0),
        (SandboxResult("infra-error", "4\n5\n", "gone"), None),
    ],
)
def test_verdicts(result: SandboxResult, value: float | None, make_example: Any) -> None:
    score = RewardRouter(Answering(result)).score(CODE, "sum(xs)", make_example(**CHECKS))
    assert score.value == value
    if value is not None:
        assert score.components[f"sandbox/{result.status}"] == 1.0


def test_partial_pay(make_example: Any) -> None:
    router = RewardRouter(Answering(SandboxResult("ok", "4\n0\n")))
    spec = RewardSpec(kind="sandbox", params={"partial": True})
    assert router.score(spec, "sum(xs)", make_example(**CHECKS)).value == 0.5


def test_only_a_fault_of_the_sandbox_is_retried_and_once(make_example: Any) -> None:
    down, fine = SandboxResult("infra-error", detail="gone"), SandboxResult("ok", "4\n5\n")
    for results, value, calls in [
        ((down, fine), 1.0, 2),
        ((down, down, fine), None, 2),
        ((fine, down), 1.0, 1),
    ]:
        sandbox = Answering(*results)
        assert RewardRouter(sandbox).score(CODE, "sum(xs)", make_example(**CHECKS)).value == value
        assert len(sandbox.batches) == calls
    timeout = Answering(SandboxResult("timeout"))
    RewardRouter(timeout).score(CODE, "sum(xs)", make_example(**CHECKS))
    assert len(timeout.batches) == 1


def test_equal_programs_run_once_and_are_remembered(make_example: Any) -> None:
    sandbox = Answering(SandboxResult("ok", "4\n5\n"))
    router = RewardRouter(sandbox)
    items = [(CODE, answer, make_example(**CHECKS)) for answer in ("sum(xs)", "sum( xs )", "max(xs)")]
    router.score_many(items)
    router.score_many(items)
    assert [len(batch) for batch in sandbox.batches] == [2]


def test_a_sandbox_that_breaks_its_promise_is_a_named_error(make_example: Any) -> None:
    class Short:
        def run_many(self, programs: Sequence[str]) -> list[SandboxResult]:
            return []

    class Raising:
        def run_many(self, programs: Sequence[str]) -> list[SandboxResult]:
            raise OSError("no disk")

    with pytest.raises(RewardError, match="0 results for 1 programs"):
        RewardRouter(Short()).score(CODE, "1", make_example(**CHECKS))
    with pytest.raises(RewardError, match=r"'n9'.*no disk"):
        RewardRouter(Raising()).score(CODE, "1", make_example(name="n9", **CHECKS))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (1, 1, True),
        (1, True, False),
        (1, 1.0, False),
        (0.1 + 0.2, 0.3, True),
        ([1, 2], [1, 2], True),
        ([1, 2], (1, 2), False),
        ([1], [True], False),
        ({"a": [1]}, {"a": [1]}, True),
        ({"a": 1}, {"a": True}, False),
        ({1: 2}, {True: 2}, False),
        ({1, 2}, {2, 1}, True),
        ({1}, {True}, False),
        ("a", "a", True),
        ("1", 1, False),
        (None, None, True),
        (None, 0, False),
        ([], [], True),
        ([1], [1, 2], False),
    ],
)
def test_equality_is_strict(left: object, right: object, same: bool) -> None:
    assert same_value(left, right) is same
    assert same_value(right, left) is same


@pytest.mark.parametrize(
    "line", ["__import__('os')", "[" * 5000, "9" * 6000, "", "Equal()", "x" * 30_000, "1 +", "-" * 9000 + "1"]
)
def test_hostile_output_counts_as_wrong(line: str) -> None:
    assert count_passed(f"{line}\n5\n", CHECKS) == 1


def test_literal_checks_know_tuples_and_sets() -> None:
    checks = {"inputs": ["(1, 2)"], "outputs": ["{1, 2}"], "variable": "x", "literal": True}
    assert build_program("set(x)", checks, "expression") is not None
    assert count_passed("{2, 1}\n", checks) == 1
    assert count_passed("[1, 2]\n", checks) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": []}, "inputs"),
        ({"outputs": [1]}, "same length"),
        ({"variable": "x y"}, "variable"),
        ({"variable": "for"}, "variable"),
        ({"inputs": [float("nan"), 1]}, "no Python literal"),
    ],
)
def test_malformed_checks_are_the_users_mistake(
    change: dict[str, Any], message: str, make_example: Any
) -> None:
    sandbox = Answering(SandboxResult("ok", "4\n5\n"))
    with pytest.raises(UserError, match=f"'n5'.*{message}"):
        RewardRouter(sandbox).score(CODE, "1", make_example(name="n5", **(CHECKS | change)))
