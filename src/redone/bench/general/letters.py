"""Reading the chosen letter out of an answer to a multiple-choice question."""

from __future__ import annotations

import re

_ANSWER = r"(?:answer|答案|选择|选项|choice|option)"
_LINK = r"(?:\s|\*|_|is|are|为|是|应|该|选|the|correct|:|：|\\boxed|\\text|\{|\(|（|【|\[|】|\$)*"
_AFTER_LETTER = r"(?![A-Za-z])"
_LONE = re.compile(r"^[\s*_(（\[【$]*([A-Z])[\s*_)）\]】$.。:：]*(?:$|\n|[.)）、:：]\s)")


def first_marked(output: str, letters: str) -> str | None:
    """Return the letter after the first "ANSWER:", as the usual zero-shot prompts ask for it."""
    found = re.search(rf"(?i)ANSWER\s*:\s*([{letters}])", output)
    return found[1].upper() if found else None


def first_marked_zh(output: str, letters: str) -> str | None:
    """Return the letter after the first Chinese word for "answer:"."""
    found = re.search(rf"(?i)答案\s*[:：]\W*([{letters}])", output)
    return found[1].upper() if found else None


def read_letter(output: str, letters: str) -> str | None:
    """Return the letter that the output settles on, or None.

    The last "answer: X" in any wording of English or Chinese counts; without one, an output that is or
    begins with a lone letter; without that, the one letter in brackets or in a box if there is only one.
    """
    marked = re.findall(rf"(?i:{_ANSWER}){_LINK}([{letters}]){_AFTER_LETTER}", output)
    if marked:
        return str(marked[-1])
    boxed = set(re.findall(rf"(?:\(|（|\[|\{{|\*\*)([{letters}])(?:\)|）|\]|\}}|\*\*)", output))
    lone = _LONE.match(output.strip())
    if lone and lone[1] in letters and len(boxed) < 2:
        return lone[1]
    return boxed.pop() if len(boxed) == 1 else None
