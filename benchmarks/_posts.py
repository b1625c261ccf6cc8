"""Made posts with planted duplicates, adverts and personal data, and what a curator should have done with them."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

EMOJI = "😀😂🥹😍😭😡👍👎🎉🔥✨🐱🐶🍜☕🌧🏃🎧📷🛍"
SPAM = (
    "加V信{n}领取优惠券，兼职日结，不限时间地点",
    "刷单兼职一天{n}元，添加微信wx{n}咨询",
    "代开发票，电话{n}，秒回",
)
PII = ("电话13{n:09d}", "联系我 a{n}@example.com", "加微信 wxid_{n}", "身份证11010119900307{n:04d}")
COMMON = """the of and to in is you that it he was for on are as with his they at be this have from or one had by
word but not what all were we when your can said there use an each which she do how their if will up other about out
many then them these so some her would make like him into time has look two more write go see number no way could
people my than first water been call who oil its now find long down day did get come made may part love today best new
food trip really nice friend cat coffee happy work again tried please thanks price shop"""
HAN = (0x4E00, 0x5E00)
LONGEST, SHORTEST = 360, 15


@dataclass(frozen=True, slots=True)
class Post:
    """``group`` is the number of the original that the text goes back to; -1 for adverts."""

    id: str
    text: str
    group: int


def make_posts(count: int, seed: int = 0) -> Iterator[Post]:
    """Yield ``count`` posts: 15 % near- and 5 % exact copies of earlier ones, 3 % adverts, 1 % personal data.

    55 % Chinese, 30 % English, 15 % mixed; 15 to 360 characters, half of them below 86 (26 MB per 100,000); 45 %
    with emoji. A near copy has one edit per 60 characters, another emoji at its end, or "//@name: " before it.
    """
    rng = random.Random(seed)
    words = _words(rng)
    earlier: list[tuple[str, int]] = []
    for number in range(count):
        draw = rng.random()
        if draw < 0.03:
            text, group = rng.choice(SPAM).format(n=rng.randrange(10**8, 10**9)), -1
        elif draw < 0.18 and earlier:
            text, group = rng.choice(earlier)
            text = _edited(text, rng)
        elif draw < 0.23 and earlier:
            text, group = rng.choice(earlier)
        else:
            text, group = _original(words, rng), number
            # Copies are drawn from a bounded memory, so that four million posts need no more than one.
            if len(earlier) < 100_000:
                earlier.append((text, group))
            else:
                earlier[rng.randrange(100_000)] = (text, group)
        yield Post(f"p{number}", text, group)


def _words(rng: random.Random) -> tuple[list[str], list[str]]:
    zh = ["".join(chr(rng.randrange(*HAN)) for _ in range(rng.choice((1, 2, 2, 2, 3)))) for _ in range(6000)]
    letters = "etaoinshrdlucmfwypvbgk"
    en = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(6000)]
    return zh, COMMON.split() * 40 + en


def _original(words: tuple[list[str], list[str]], rng: random.Random) -> str:
    zh, en = words
    length = min(LONGEST, max(SHORTEST, int(rng.lognormvariate(4.45, 0.6))))
    draw = rng.random()
    if draw < 0.55:
        text = "，".join("".join(rng.choices(zh, k=5)) for _ in range(length // 9 + 1))
    elif draw < 0.85:
        text = " ".join(rng.choices(en, k=length // 6 + 2))
    else:
        half = rng.choices(zh, k=length // 6 + 1)
        text = "".join(half) + " " + " ".join(rng.choices(en, k=length // 12 + 1))
    text = text[:length].strip()
    if rng.random() < 0.01:
        text += " " + rng.choice(PII).format(n=rng.randrange(10**4))
    if rng.random() < 0.45:
        text += "".join(rng.choices(EMOJI, k=rng.randint(1, 3)))
    return text


def _edited(text: str, rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.3:
        return text + "".join(rng.choices(EMOJI, k=2))
    if kind < 0.5:
        return f"//@{rng.choice('abcdefgh')}{rng.randrange(100)}: {text}"
    letters = list(text)
    for _ in range(max(1, len(letters) // 60)):
        place = rng.randrange(len(letters))
        letters[place] = chr(rng.randrange(*HAN)) if letters[place] > "\u2e80" else rng.choice("aeiourstln")
    return "".join(letters)


def write_posts(path: Path, posts: Iterable[Post]) -> None:
    """Write posts as JSON lines with the columns that all sides read."""
    with path.open("w", encoding="utf-8") as file:
        for post in posts:
            row = {"id": post.id, "text": post.text, "likes": hash(post.group) % 97}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def judge(posts: Iterable[Post], kept: set[str]) -> dict[str, Any]:
    """Compare what was kept with what was planted."""
    texts: dict[int, set[str]] = defaultdict(set)
    rows: Counter[int] = Counter()
    kept_texts: dict[int, set[str]] = defaultdict(set)
    kept_rows: Counter[int] = Counter()
    spam = spam_gone = 0
    for post in posts:
        if post.group < 0:
            spam += 1
            spam_gone += post.id not in kept
            continue
        texts[post.group].add(post.text)
        rows[post.group] += 1
        if post.id in kept:
            kept_texts[post.group].add(post.text)
            kept_rows[post.group] += 1
    near = sum(len(t) - 1 for t in texts.values())
    exact = rows.total() - sum(map(len, texts.values()))
    # Every group may keep one text; each further one is a near-duplicate that was missed.
    near_missed = sum(len(t) - 1 for t in kept_texts.values())
    exact_missed = kept_rows.total() - sum(map(len, kept_texts.values()))
    lost = sum(1 for group in texts if not kept_rows[group])
    return {
        "near_recall": round(1 - near_missed / max(near, 1), 5),
        "exact_recall": round(1 - exact_missed / max(exact, 1), 5),
        "originals": len(texts),
        "originals_lost": lost,
        "false_deletions": round(lost / len(texts), 6),
        "spam_removed": round(spam_gone / max(spam, 1), 4),
    }
