"""LiveCodeBench: programs that read standard input, or methods of a class, on upstream's test cases.

Upstream hides its private cases in a compressed pickle. Pickles are not loaded here: the one string inside
is read from the opcodes without running any, and a file that holds anything else is refused.
"""

from __future__ import annotations

import ast
import base64
import binascii
import json
import pickletools
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redone.bench.general.code import code_of, run_all
from redone.bench.reading import decode, find_file, home, json_rows, need_fields, numbered, read_bytes, sha256
from redone.bench.sets import Item, Loaded, Mode
from redone.bench.tally import Tally, share_tally
from redone.errors import UserError
from redone.scoring.rewards.code_programs import same_value

SOURCE = "Download test*.jsonl of LiveCodeBench's code generation set (release_v6: 1,055 problems)."
_LARGEST = 64 * 2**20
_STDIN = "import io, sys\nsys.stdin = io.StringIO({text!r})\n{code}\n"
_CALL = """{code}

import json as _json
_target = Solution().{name} if "Solution" in globals() else {name}
print("\\n@@result " + repr(_target(*[_json.loads(_line) for _line in {text!r}.split("\\n")])))
"""


def load(folder: Path) -> Loaded:
    """Load the problems; the difficulty is the group."""
    path = find_file(home(folder, "livecodebench"), ["test*.jsonl"], SOURCE)
    data = read_bytes(path)
    rows = json_rows(decode(data, path), path)
    need_fields(rows, ("question_content", "public_test_cases", "private_test_cases"), path)
    return Loaded(numbered((row, "") for row in rows), sha256(data), path)


def cases(row: Mapping[str, Any], where: object) -> list[Mapping[str, Any]]:
    """Return the public and private test cases.

    Raises:
        UserError: they are not in upstream's form.

    """
    found: list[Mapping[str, Any]] = []
    for key in ("public_test_cases", "private_test_cases"):
        text = row[key]
        try:
            found += json.loads(text if text[:1] in "[{" else _hidden_text(text))
        except (ValueError, TypeError, RecursionError) as error:
            raise UserError(f"{where}: {key} cannot be read ({error})") from error
    return found


def _hidden_text(packed: str) -> str:
    """Return the string of base64(zlib(pickle(string))).

    Raises:
        ValueError: it is packed otherwise.

    """
    try:
        engine = zlib.decompressobj()
        data = engine.decompress(base64.b64decode(packed), _LARGEST)
        opcodes = list(pickletools.genops(data))
    except (binascii.Error, zlib.error) as error:
        raise ValueError(str(error)) from error
    strings = [argument for code, argument, _ in opcodes if "UNICODE" in code.name]
    others = {code.name for code, _, _ in opcodes if "UNICODE" not in code.name}
    if len(strings) != 1 or not others <= {
        "PROTO",
        "FRAME",
        "MEMOIZE",
        "BINPUT",
        "LONG_BINPUT",
        "PUT",
        "STOP",
    }:
        raise ValueError("a pickle that holds more than one string")
    return str(strings[0])


def score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """pass@1: every test case gives the expected output, compared outside of the sandbox."""
    programs: list[str] = []
    wanted: list[Mapping[str, Any]] = []
    spans = []
    for item, output in zip(items, outputs, strict=True):
        tests = cases(item.row, f"problem {item.index}")
        start = len(programs)
        programs += [_program(item, code_of(output), test) for test in tests]
        wanted += tests
        spans.append((start, len(programs)))
    results = run_all(programs)
    right = [
        result.status == "ok" and _agrees(test, result.stdout)
        for test, result in zip(wanted, results, strict=True)
    ]
    return share_tally(
        [float(start < end and all(right[start:end])) for start, end in spans], headline="pass@1"
    )


def _program(item: Item, code: str, test: Mapping[str, Any]) -> str:
    if test.get("testtype") != "functional":
        return _STDIN.format(text=test["input"], code=code)
    details = item.row.get("metadata", "{}")
    name = (json.loads(details) if isinstance(details, str) else details).get("func_name", "")
    if not str(name).isidentifier():
        raise UserError(f"problem {item.index}: metadata names no function")
    return _CALL.format(code=code, name=name, text=test["input"])


def _agrees(test: Mapping[str, Any], stdout: str) -> bool:
    if test.get("testtype") != "functional":
        said, wanted = (
            [line.strip() for line in text.strip().splitlines()] for text in (stdout, test["output"])
        )
        return said == wanted
    try:
        value = ast.literal_eval(stdout.rpartition("@@result ")[2].strip())
        return same_value(_plain(value), _plain(json.loads(test["output"])))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False


def _plain(value: Any) -> Any:
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def gold(item: Item) -> str:
    """Return nothing: upstream publishes no solutions."""
    return ""
