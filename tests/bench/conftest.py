"""Small made benchmark files, and the real ones where they are at hand."""

import json
from pathlib import Path

import pytest

REAL = Path(__file__).parents[3] / "shared" / "bench"
MADE = {
    "Note-Taxonomy-single": [
        {"content": "tent by the lake", "candidates": "Trends, Camping 🏕️, Food", "answer": "Camping 🏕️"},
        {"content": "what is in", "candidates": "Trends, Camping, Food", "answer": "Trends"},
    ],
    "Note-Taxonomy-multiple": [
        {
            "content": "ramen",
            "candidates_primary": "['Food', 'Art']",
            "candidates_secondary": "['Noodles', 'Ink']",
            "candidates_tertiary": "['Ramen, Udon', 'Pen']",
            "answer": "Food | Noodles | Ramen, Udon",
        }
    ],
    "Note-Hashtag-single": [{"content": "a", "candidates": "Weekend, b.c", "answer": "b.c"}],
    "Note-Hashtag-multiple": [
        {"content": "a", "candidates": "x, y, z", "answer": "x, y"},
        {"content": "b", "candidates": "标签, ，符号", "answer": "标签"},
    ],
    "Note-QueryCorr-explain": [
        {"sentence1": "q", "sentence2": "d", "answer": "Yes"},
        {"sentence1": "q", "sentence2": "e", "answer": "No"},
    ],
    "Note-QueryCorr-topic": [
        {"content": f"c{level}", "answer": level} for level in ("-1", "0", "1", "2", "3")
    ],
    "Note-MRC-simple": [
        {"query": "q", "content": "c", "answer": ["它在三楼 [doge] 很好找。"]},
        {"query": "q", "content": "c", "answer": ["One sentence here. Two", "and more words 😀"]},
        {"query": "q", "content": "c", "answer": []},
    ],
    "Note-MRC-complex": [
        {"content": "c", "answer": '<Result>[{"Option": "Red (Lip) 1", "Reason": "r"}]</Result>'},
        {"content": "c", "answer": "<Result>[]</Result>"},
    ],
    "Note-NER": [{"question": "brands", "content": "A b C", "answer": "A, C"}],
    "Note-Gender": [{"content": "c", "answer": "No"}, {"content": "d", "answer": "Yes"}],
    "Note-CHLW": [
        {"content": "Comment: x\n\noptions list:\n['火锅', 'y']\n\nchoose", "answer": "['火锅']"},
        {"content": "Comment: z\n\noptions list:\n['z']\n\nchoose", "answer": "[]"},
    ],
    "Note-QueryGen": [{"content": "Note Title: hot pot", "answer": "hot pot near me"}],
}
PAIRS = [
    {
        "en": "Two suits, 3000 yuan 🙀\nreally",
        "zh": "2套西装3000块 🙀\n真的",
        "src_lang": "zh",
        "dst_lang": "en",
    },
    {"en": "Good morning everyone", "zh": "大家早上好呀", "src_lang": "zh", "dst_lang": "en"},
    {"en": "Where is the museum shop", "zh": "博物馆商店在哪里", "src_lang": "en", "dst_lang": "zh"},
]


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def made(tmp_path):
    """A folder with all twelve files of SNS-Bench and the translation file, a few items each."""
    folder = tmp_path / "made"
    folder.mkdir()
    for name, rows in MADE.items():
        (folder / f"{name}.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    (folder / "RedTrans-Bench.json").write_text(json.dumps(PAIRS, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture
def real():
    if not REAL.is_dir():
        pytest.skip("the public benchmark files are not at hand (expected in ../shared/bench)")
    return REAL


@pytest.fixture(scope="session")
def made_rows():
    return MADE


@pytest.fixture(scope="session")
def lines():
    return write_lines


@pytest.fixture
def gold(made):
    """Gold as the lines of a predictions file, of a suite or one set."""
    from redone.bench.catalogue import choose

    return lambda suite: [
        {"file": s.id, "index": item.index, "output": s.gold(item)}
        for s in choose(suite)
        for item in s.load(made).items
    ]
