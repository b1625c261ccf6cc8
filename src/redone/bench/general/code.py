"""Code: HumanEval and MBPP by pass@1, LiveCodeBench by its test cases; all of it runs in the sandbox only."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from functools import lru_cache

from redone.bench.sets import Item, Mode
from redone.bench.tally import Tally, share_tally
from redone.errors import RedoneError, UserError
from redone.scoring.sandbox import Sandbox, SandboxLimits, SandboxResult, open_sandbox

LIMITS = SandboxLimits(cpu_seconds=10, wall_seconds=20.0, memory_bytes=512 * 2**20)
_FENCE = re.compile(r"```(?:python|py|python3)?[ \t]*\r?\n(.*?)(?:```|$)", re.DOTALL | re.IGNORECASE)
_LONGEST = 100_000


@lru_cache(maxsize=1)
def sandbox() -> Sandbox:
    """Return the sandbox.

    Raises:
        UserError: this machine has none; code is never run outside of one.

    """
    found, reason = open_sandbox(LIMITS)
    if found is None:
        raise UserError(f"code sets need a sandbox, and there is none: {reason}. Leave them out with --only")
    return found


def code_of(output: str) -> str:
    """Return the last code block, or what stands between [BEGIN] and [DONE], or the output itself."""
    if "[BEGIN]" in output:
        output = output.rpartition("[BEGIN]")[2]
    output = output.partition("[DONE]")[0]
    blocks = _FENCE.findall(output)
    return str(blocks[-1] if blocks else output)[:_LONGEST]


def run_all(programs: Sequence[str]) -> list[SandboxResult]:
    """Run programs; those that the sandbox itself failed on go once more.

    Raises:
        RedoneError: it fails on some again; an answer that was not run is not judged.

    """
    results = sandbox().run_many(programs)
    again = [at for at, result in enumerate(results) if result.status == "infra-error"]
    for at, result in zip(again, sandbox().run_many([programs[at] for at in again]), strict=True):
        results[at] = result
    failed = [result for result in results if result.status == "infra-error"]
    if failed:
        raise RedoneError(f"the sandbox failed on {len(failed)} programs ({failed[0].detail}); score again")
    return results


def passes(programs: Sequence[str]) -> list[bool]:
    """Whether each program runs to its last line.

    The line prints a word that the answer cannot know, so that leaving early with exit code 0 is no pass.
    """
    words = [secrets.token_hex(16) for _ in programs]
    closed = [f"{program}\nprint({word!r})\n" for program, word in zip(programs, words, strict=True)]
    results = run_all(closed)
    return [
        result.status == "ok" and result.stdout.rstrip().endswith(word)
        for result, word in zip(results, words, strict=True)
    ]


def humaneval_program(item: Item, output: str) -> str:
    """Return the prompt with the answer, the set's own test, and its call."""
    code, row = code_of(output), item.row
    name = row["entry_point"]
    # Not over line ends: a million of them would be tried from each.
    whole = re.search(rf"^[^\S\n]*(?:async\s+)?def\s+{re.escape(name)}\b", code, re.MULTILINE)
    # A whole function is put after the prompt's imports; anything else continues the prompt.
    head = row["prompt"].partition("def ")[0] if whole else row["prompt"]
    if whole:
        head = row["prompt"].rpartition(f"def {name}")[0]
    return f"{head}{code}\n\n{row['test']}\n\ncheck({name})"


def mbpp_program(item: Item, output: str) -> str:
    """Return the answer with the set's imports, set-up code and asserts."""
    row = item.row
    # Set-up code makes objects of classes that the answer defines, so it comes after it.
    return "\n".join(
        [*row.get("test_imports", ()), code_of(output), row.get("test_setup_code", ""), *row["test_list"]]
    )


def humaneval_score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """pass@1 of one sample each."""
    return _pass_at_1(humaneval_program, items, outputs)


def mbpp_score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """pass@1 of one sample each; every assert of the item's list must hold."""
    return _pass_at_1(mbpp_program, items, outputs)


def _pass_at_1(program: Callable[[Item, str], str], items: Sequence[Item], outputs: Sequence[str]) -> Tally:
    programs = [program(item, output) for item, output in zip(items, outputs, strict=True)]
    return share_tally([float(right) for right in passes(programs)], headline="pass@1")
