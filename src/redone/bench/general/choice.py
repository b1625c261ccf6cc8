"""Multiple choice: MMLU, MMLU-Pro, CMMLU, C-Eval, GPQA-Diamond, NewsBench and CompassBench."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from redone.bench.general.letters import first_marked, first_marked_zh, read_letter
from redone.bench.reading import (
    Row,
    csv_rows,
    decode,
    find_file,
    home,
    need_fields,
    numbered,
    read_bytes,
    sha256,
    tar_texts,
)
from redone.bench.sets import Item, Load, Loaded, Mode, Score
from redone.bench.tally import Tally, grouped_tally
from redone.errors import UserError

LETTERS = "ABCDEFGHIJKLMNOP"
Question = Mapping[str, object]
"""Rows of this module: "question", "options" (a list), "answer" (a letter), "group"."""


def choice_score(chinese: bool = False, letters: str = "ABCD") -> Score:
    """Return the scorer: share of right letters, mean over groups (subjects).

    ``paper`` reads the first "ANSWER: X" (or its Chinese form), as OpenCompass 0.4.2 does; ``fixed`` reads
    what the answer settles on.
    """
    marked = first_marked_zh if chinese else first_marked

    def score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
        read = marked if mode == "paper" else read_letter
        found = [read(output, letters) for output in outputs]
        right = [float(said == item.row["answer"]) for said, item in zip(found, items, strict=True)]
        unread = sum(said is None for said in found)
        groups = [item.group for item in items]
        return grouped_tally(right, groups, headline="accuracy", unread=unread)

    return score


def gold_letter(item: Item) -> str:
    """Return the right letter, marked in both languages' ways."""
    return f"答案：{item.row['answer']}\nANSWER: {item.row['answer']}"


def one_letter(items: Sequence[Item]) -> Mapping[str, Sequence[str]]:
    """Return the models that always choose one letter."""
    return {f"always {x}": [f"答案：{x}\nANSWER: {x}"] * len(items) for x in "AC"}


def question(text: str, options: Sequence[str], answer: str, group: str, where: object) -> tuple[Row, str]:
    """Return a checked row with its group.

    Raises:
        UserError: the answer is none of the options' letters.

    """
    letter = answer.strip().upper()
    if letter not in LETTERS[: len(options)] or not letter:
        raise UserError(f"{where}: answer {answer!r:.40} is no letter of {len(options)} options")
    return {"question": text.strip(), "options": list(options), "answer": letter, "group": group}, group


def tar_of_csv(
    folder_name: str,
    archive: str,
    part: str,
    to_row: Callable[[Row, str, object], tuple[Row, str]],
    hint: str,
) -> Load:
    """Return a loader of the CSV files, one a subject, in ``part`` of an archive (or of plain folders)."""

    def load(folder: Path) -> Loaded:
        own = home(folder, folder_name)
        if sorted(own.glob(f"**/{part}/*.csv")):
            texts, digest, path = _folder_texts(own, part)
        else:
            path = find_file(own, [archive], hint)
            data = read_bytes(path)
            members = tar_texts(data, path, ".csv")
            texts = [(n, t) for n, t in members if PurePosixPath(n).parent.name == part]
            digest = sha256(_raw(data))
        rows = []
        for name, text in texts:
            subject = PurePosixPath(name).stem.removesuffix(f"_{part}")
            found = csv_rows(text)
            rows += [to_row(row, subject, f"{path}:{name}, row {at}") for at, row in enumerate(found)]
        if not rows:
            raise UserError(f"{path}: no CSV files in a folder {part!r} there. {hint}")
        return Loaded(numbered(rows), digest, path)

    return load


def _raw(data: bytes) -> bytes:
    import gzip

    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def _folder_texts(folder: Path, part: str) -> tuple[list[tuple[str, str]], str, Path]:
    paths = sorted(folder.glob(f"**/{part}/*.csv"))
    contents = [(path, read_bytes(path)) for path in paths]
    digest = sha256(b"".join(data for _, data in contents))
    return [(path.as_posix(), decode(data, path)) for path, data in contents], digest, folder


def mmlu_row(row: Row, subject: str, where: object) -> tuple[Row, str]:
    """Return a question of MMLU's CSV with a header and answers 0 to 3."""
    need_fields([row], ("question", "choice0", "choice3", "answer"), where)
    answer = str(row["answer"])
    letter = "ABCD"[int(answer)] if answer in {"0", "1", "2", "3"} else answer
    return question(row["question"], [row[f"choice{at}"] for at in range(4)], letter, subject, where)


def abcd_row(row: Row, subject: str, where: object) -> tuple[Row, str]:
    """Return a question of CMMLU's or C-Eval's CSV: columns A to D, the rest in any case."""
    plain = {str(key or "").strip().lower(): value for key, value in row.items()}
    need_fields([plain], ("question", "a", "b", "c", "d", "answer"), where)
    return question(plain["question"], [plain[x] for x in "abcd"], plain["answer"], subject, where)
