"""A small hand-made platform on which every task has examples in both languages."""

import random

import pytest

from redone.records import (
    Comment,
    Entity,
    Interaction,
    Note,
    ParallelText,
    Platform,
    Query,
    Relevance,
    Score,
    Term,
    User,
)
from redone.scoring.rewards.base import RewardItem
from redone.scoring.router import RewardRouter
from redone.tasks import Scorer

TOPICS = {
    "en": {
        ("food", "drinks"): ("coffee", "cola"),
        ("food", "snacks"): ("sushi", "pizza"),
        ("pets", "cats"): ("kitten", "litter"),
        ("tech", "phone"): ("screen", "battery"),
    },
    "zh": {
        ("美食", "饮品"): ("咖啡", "可乐"),
        ("美食", "小吃"): ("寿司", "披萨"),
        ("宠物", "猫咪"): ("小猫", "猫砂"),
        ("数码", "手机"): ("屏幕", "电池"),
    },
}
BRANDS = {"en": ("Zamira", "Kilo"), "zh": ("卓诺", "维奥")}
PLACES = {"en": ("Dali", "Suzhou"), "zh": ("大理", "苏州")}
PERSONAS = {"en": ("a grumpy baker", "a shy student"), "zh": ("暴躁的面包师", "害羞的学生")}
EMOTIONS = ("joy", "sadness", "anger", "surprise")
SENTIMENTS = ("positive", "negative", "neutral")
POLICY = {
    "ad:en": "no contact details",
    "ad:zh": "不得留联系方式",
    "abuse:en": "no insults",
    "abuse:zh": "不得辱骂",
}


def _note(number: int, language: str, path: tuple[str, str], word: str, author: str) -> Note:
    brand, place = BRANDS[language][number % 2], PLACES[language][(number // 2) % 2]
    harm = ("none", "ad", "abuse")[number % 3]
    if language == "en":
        slang = ("zibby", "flarp", "snink")[number % 3]
        body = f"Went to {place} for {word} by {brand} , paid {number + 3} yuan. {slang} it was"
        title, price = f"My {word} log {number}", f"{number + 3} yuan"
    else:
        slang = ("芭咕", "噜哒", "嘎咔")[number % 3]
        body = f"去{place}看{brand}的{word}，花了{number + 3}元，{slang}。"
        title, price = f"{word}日记{number}", f"{number + 3}元"
    entities = [Entity("brand", brand), Entity("price", price)]
    if number % 3:
        entities.append(Entity("place", place))
    return Note(
        id=f"n-{language}-{number}",
        author_id=author,
        language=language,
        title=title,
        body=body,
        hashtags=(word, path[1]),
        category=(*path, word),
        entities=tuple(entities),
        labels={
            "sentiment": SENTIMENTS[number % 3],
            "sarcasm": ("yes", "no")[number % 2],
            "clickbait": ("yes", "no", "no")[number % 3],
            "harm": harm,
            "appeal": ("yes", "no")[(number // 2) % 2],
        },
        template=f"b{number % 4}",
    )


def _comments(note: Note, number: int, author: str, other: str) -> list[Comment]:
    word = note.category[2]
    emotion = EMOTIONS[number % 4]
    said = f"{word} {emotion} {number}" if note.language == "en" else f"{word}好{emotion}{number}"
    answer = f"take care of {number} {emotion}" if note.language == "en" else f"抱抱{number}{emotion}"
    return [
        Comment(
            id=f"c-{note.id}",
            note_id=note.id,
            author_id=author,
            language=note.language,
            text=said,
            highlights=(word,) if number % 2 else (),
            labels={"emotion": emotion, "sentiment": SENTIMENTS[number % 3]},
        ),
        Comment(
            id=f"r-{note.id}",
            note_id=note.id,
            author_id=other,
            language=note.language,
            text=answer,
            parent_id=f"c-{note.id}",
        ),
    ]


def _language(language: str, size: int) -> dict[str, list]:
    people = [
        User(
            id=f"u-{language}-{i}",
            language=language,
            interests=(list(TOPICS[language])[i % 4][0],),
            persona=PERSONAS[language][i % 2],
        )
        for i in range(8)
    ]
    found: dict[str, list] = {
        key: [] for key in ("notes", "comments", "queries", "relevance", "interactions")
    }
    topics = [(path, word) for path, words in TOPICS[language].items() for word in words]
    for number in range(size):
        path, word = topics[number % len(topics)]
        fans = [p for p in people if p.interests[0] == path[0]]
        author = fans[number % len(fans)]
        note = _note(number, language, path, word, author.id)
        found["notes"].append(note)
        first, second = people[number % 8], people[(number + 3) % 8]
        found["comments"] += _comments(note, number, first.id, second.id)
        query = Query(
            id=f"q-{note.id}",
            user_id=author.id,
            language=language,
            text=f"{word} {number}" if language == "en" else f"{word}{number}",
            after_note_id=note.id,
            labels={"intent": ("buy", "learn", "visit")[number % 3], "category": path[0]},
        )
        found["queries"].append(query)
        other = found["notes"][number // 2]
        found["relevance"] += [
            Relevance(query_id=query.id, note_id=note.id, level=(3, 2)[number % 2]),
            Relevance(query_id=query.id, note_id=other.id, level=(-1, 0, 1)[number % 3]),
        ]
        found["interactions"] += [
            Interaction(user_id=author.id, kind="like", note_id=note.id),
            Interaction(user_id=author.id, kind="search", query_id=query.id),
            Interaction(user_id=author.id, kind="click", query_id=query.id, note_id=note.id),
            Interaction(user_id=author.id, kind="view", query_id=query.id, note_id=other.id, position=1),
        ]
    return {"users": people, **found}


def _said(language: str, number: int) -> str:
    """Some words that differ from number to number."""
    rng = random.Random(number)
    words = [word for words in TOPICS[language].values() for word in words]
    return ("" if language == "zh" else " ").join([*rng.sample(words, 2), str(rng.randrange(1000))])


def make_platform(size: int = 96) -> Platform:
    """``size`` notes per language with everything that hangs on them."""
    parts = [_language("zh", size), _language("en", size)]
    joined = {key: tuple(item for part in parts for item in part[key]) for key in parts[0]}
    parallel = tuple(
        ParallelText(
            id=f"p{i}",
            zh=f"{_said('zh', i)}{'芭咕' if i % 2 else '喜欢'}{_said('zh', i // 2)}",
            en=f"{_said('en', i)} {'zibby' if i % 2 else 'like'} {_said('en', i // 2)}",
            references_zh=(f"{_said('zh', i // 2)}：{_said('zh', i)}{i}",),
            references_en=(f"{_said('en', i // 2)}: {_said('en', i)} {i}",),
            template=f"p{i % 3}",
        )
        for i in range(2 * size)
    )
    terms = tuple(
        Term(text=text, language=language, meaning=meaning)
        for language, pairs in {
            "en": (("zibby", "stunning"), ("flarp", "boring"), ("snink", "cheap")),
            "zh": (("芭咕", "惊艳"), ("噜哒", "无聊"), ("嘎咔", "便宜")),
        }.items()
        for text, meaning in pairs
    )
    return Platform(parallel=parallel, terms=terms, policy=POLICY, **joined)


class ReferenceSandbox:
    """Stands in for code execution: an answer passes when it is a reference. Runs nothing."""

    def score_many(self, items: list[RewardItem]) -> list[Score]:
        return [Score(value=float(item.answer in item.example.references)) for item in items]


@pytest.fixture(scope="session")
def platform() -> Platform:
    return make_platform()


@pytest.fixture(scope="session")
def scorer() -> Scorer:
    return Scorer(RewardRouter(rewards={"sandbox": ReferenceSandbox()}))
