"""Code answers: run on hidden inputs in the sandbox, compared outside of it (RedOne 2.0, Eq. 4)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from redone.errors import UserError
from redone.records import Score
from redone.scoring.faults import RewardError, checked_value
from redone.scoring.rewards.base import RewardItem
from redone.scoring.rewards.code_programs import build_program, count_passed
from redone.scoring.sandbox import Sandbox, SandboxResult

FORMS = ("expression", "function")
_CACHED = 8192
"""Results kept between batches, so that a long run stays in bounded memory."""

_ATTEMPTS = 2


class SandboxReward:
    """1 if the answer's program gives every expected value, else 0; ``params["partial"]`` pays the share.

    Without a sandbox every sample stays unscored: code is never run unprotected, and never judged unrun.
    Results are kept by program, since a group of samples repeats itself.
    """

    def __init__(self, sandbox: Sandbox | None) -> None:
        self._sandbox = sandbox
        self._known: OrderedDict[str, SandboxResult] = OrderedDict()

    def score_many(self, items: Sequence[RewardItem]) -> list[Score]:
        """Components: "sandbox", "sandbox/passed" (share of inputs) and 1.0 for "sandbox/<status>".

        All programs of the batch go to the sandbox in one call; only those that it failed on by its own fault
        go again, once.
        """
        if self._sandbox is None:
            problem = "no sandbox on this machine: code answers are not scored"
            return [Score(value=None, problem=problem, answer=item.answer) for item in items]
        programs = [_program(item) for item in items]
        self._run(self._sandbox, programs, items)
        scores = [_judge(item, self._result(program)) for item, program in zip(items, programs, strict=True)]
        self._forget_old()
        return scores

    def _run(self, sandbox: Sandbox, programs: Sequence[str | None], items: Sequence[RewardItem]) -> None:
        for _ in range(_ATTEMPTS):
            todo = list(dict.fromkeys(p for p in programs if p is not None and self._unknown(p)))
            if not todo:
                return
            try:
                results = sandbox.run_many(todo)
            except Exception as error:
                reason = f"raised {type(error).__name__}: {error}"
                raise RewardError("sandbox", items[0].example.id, reason) from error
            if len(results) != len(todo):
                reason = f"gave {len(results)} results for {len(todo)} programs"
                raise RewardError("sandbox", items[0].example.id, reason)
            self._known.update(zip(todo, results, strict=True))

    def _unknown(self, program: str) -> bool:
        return program not in self._known or self._known[program].status == "infra-error"

    def _result(self, program: str | None) -> SandboxResult | None:
        return None if program is None else self._known[program]

    def _forget_old(self) -> None:
        while len(self._known) > _CACHED:
            self._known.popitem(last=False)


def _program(item: RewardItem) -> str | None:
    form = item.spec.params.get("form", "expression")
    if form not in FORMS:
        raise UserError(f"sandbox reward: form {form!r} is unknown; one of {', '.join(FORMS)}")
    try:
        return build_program(item.answer, item.example.checks, form)
    except UserError as error:
        raise UserError(f"example {item.example.id!r}: {error}") from error


def _judge(item: RewardItem, result: SandboxResult | None) -> Score:
    components = {"sandbox": 0.0, "sandbox/passed": 0.0}
    if result is None:
        return Score(value=0.0, components=components | {"sandbox/not-code": 1.0}, answer=item.answer)
    if result.status == "infra-error":
        problem = f"the sandbox failed: {result.detail or 'no reason given'}"
        return Score(value=None, problem=problem, answer=item.answer)
    components[f"sandbox/{result.status}"] = 1.0
    if result.status == "ok":
        try:
            passed = count_passed(result.stdout, item.example.checks)
        except UserError as error:
            raise UserError(f"example {item.example.id!r}: {error}") from error
        share = checked_value(passed / len(item.example.checks["inputs"]), "sandbox", item.example.id)
        components |= {"sandbox": float(share == 1.0), "sandbox/passed": share}
    partial = bool(item.spec.params.get("partial", False))
    value = components["sandbox/passed" if partial else "sandbox"]
    return Score(value=value, components=components, answer=item.answer)
