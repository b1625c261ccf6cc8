"""Turning an answer and its hidden inputs into a program, and its output into "passed" or not.

The program knows the inputs and never the expected outputs. Comparison happens here, outside, on parsed
literals, so that neither an overridden ``__eq__`` nor a printed "PASSED" nor an early exit can pay.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from keyword import iskeyword
from typing import Any, Literal

from redone.errors import UserError

LONGEST_ANSWER = 2_000
"""Characters; an expression or function beyond it is not run."""

_LONGEST_VALUE = 20_000

_EXPRESSION = """\
for {variable} in {inputs}:
    try:
        print(repr({answer}))
    except Exception as error:
        print("error", type(error).__name__)
"""

_FUNCTION = """\
{answer}

for arguments in {inputs}:
    try:
        print(repr({function}(*arguments)))
    except Exception as error:
        print("error", type(error).__name__)
"""


def build_program(answer: str, checks: Mapping[str, Any], form: str) -> str | None:
    """Return the program that prints one line per hidden input; None if the answer is no such code.

    Raises:
        UserError: the example's checks are not what the form needs.

    """
    inputs = f"[{', '.join(_literal_text(value, checks) for value in _values(checks, 'inputs'))}]"
    if form == "expression":
        code = _parsed(answer, "eval")
        variable = _name(checks, "variable")
        return None if code is None else _EXPRESSION.format(variable=variable, inputs=inputs, answer=code)
    function = _name(checks, "function")
    code = _parsed(answer, "exec")
    return None if code is None else _FUNCTION.format(function=function, inputs=inputs, answer=code)


def count_passed(stdout: str, checks: Mapping[str, Any]) -> int:
    """How many hidden inputs gave the expected value; 0 unless there is exactly one line per input.

    Raises:
        UserError: the example's checks are malformed.

    """
    expected = _values(checks, "outputs")
    if len(expected) != len(_values(checks, "inputs")):
        raise UserError('checks["inputs"] and checks["outputs"] must have the same length')
    lines = stdout.removesuffix("\n").split("\n")
    if len(lines) != len(expected):
        return 0
    wanted = (ast.literal_eval(_literal_text(value, checks)) for value in expected)
    return sum(_prints(line, value) for line, value in zip(lines, wanted, strict=True))


def same_value(left: object, right: object) -> bool:
    """Equality of parsed literals with strict types: True is not 1, and 1 is not 1.0.

    Floats may differ by rounding (relative 1e-9).
    """
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same_value, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        # repr() tells the type of a key apart, which the lookup of a dict does not.
        keys = {repr(key): value for key, value in left.items()}
        others = {repr(key): value for key, value in right.items()}
        return keys.keys() == others.keys() and all(same_value(keys[key], others[key]) for key in keys)
    if isinstance(left, set) and isinstance(right, set):
        return {repr(item) for item in left} == {repr(item) for item in right}
    return left == right


def _prints(line: str, expected: object) -> bool:
    if len(line) > _LONGEST_VALUE:
        return False
    try:
        return same_value(ast.literal_eval(line), expected)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False


def _parsed(answer: str, mode: Literal["eval", "exec"]) -> str | None:
    """Return the answer as source without comments and layout, which could reach into our lines."""
    if not answer.strip() or len(answer) > LONGEST_ANSWER:
        return None
    try:
        return ast.unparse(ast.parse(answer.strip(), mode=mode))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _values(checks: Mapping[str, Any], key: str) -> Sequence[Any]:
    values = checks.get(key)
    if not isinstance(values, list | tuple) or not values:
        raise UserError(f'checks["{key}"] must be a list with at least one value, not {values!r:.80}')
    return values


def _literal_text(value: object, checks: Mapping[str, Any]) -> str:
    text = value if checks.get("literal", False) else repr(value)
    try:
        ast.literal_eval(text)  # type: ignore[arg-type]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise UserError(f"the check value {text!r:.80} is no Python literal") from None
    return str(text)


def _name(checks: Mapping[str, Any], key: str) -> str:
    name = checks.get(key)
    if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
        raise UserError(f'checks["{key}"] must be a Python name, not {name!r:.80}')
    return name
