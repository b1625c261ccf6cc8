"""The process that compares mathematical answers: one JSON pair a line in, one word a line out."""

from __future__ import annotations

import json
import logging
import resource
import sys

_MEMORY = 2 * 2**30


def main() -> None:
    """Answer until the input ends."""
    from math_verify import parse, verify

    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    out = sys.stdout
    sys.stdout = sys.stderr
    print("ready", file=out, flush=True)
    for line in sys.stdin:
        gold, output = json.loads(line)
        wanted = parse(f"${gold}$", parsing_timeout=2)
        found = parse(output, parsing_timeout=2)
        word = "unread"
        if found:
            word = "equal" if verify(wanted, found, timeout_seconds=2) else "different"
        print(word, file=out, flush=True)


if __name__ == "__main__":
    main()
