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
        ("travel", "seaside"): ("beach", "harbor"),
    },
    "zh": {
        ("美食", "饮品"): ("咖啡", "可乐"),
        ("美食", "小吃"): ("寿司", "披萨"),
        ("宠物", "猫咪"): ("小猫", "猫砂"),
        ("数码", "手机"): ("屏幕", "电池"),
        ("旅行", "海边"): ("沙滩", "港口"),
    },
}
BRANDS = {"en": ("Zamira", "Kilo"), "zh": ("卓诺", "维奥")}
PLACES = {"en": ("Dali", "Suzhou"), "zh": ("大理", "苏州")}
PRODUCTS = {"en": ("mug", "towel", "poster"), "zh": ("水杯", "毛巾", "海报")}
TIMES = {"en": ("at noon", "on Sunday", "last night"), "zh": ("中午", "周日", "昨晚")}
COMPANY = {"en": ("with a friend", "with grandpa", "all alone"), "zh": ("和朋友", "和爷爷", "一个人")}
AUDIENCE = {"en": ("for grandpa", "for a friend"), "zh": ("爷爷", "朋友")}
FEELINGS = {"en": ("comfy", "boring", "plain"), "zh": ("舒服", "无聊", "普通")}
EMOJI = ("😊", "😭", "👀")
MOODS = {"en": ("grumpy", "shy", "merry", "busy"), "zh": ("暴躁的", "害羞的", "快乐的", "忙碌的")}
JOBS = {
    "en": ("baker", "student", "pilot", "nurse", "judge", "coder"),
    "zh": ("面包师", "学生", "飞行员", "护士", "法官", "程序员"),
}
PHRASES = {"en": ("haha", "no way", "so real", "cheers"), "zh": ("笑死", "绝了", "太真实", "干杯")}
BANDS = ("18-24", "25-34", "35-44", "45-54")
EMOTIONS = ("joy", "sadness", "anger", "surprise")
SENTIMENTS = ("positive", "negative", "neutral")
ACTS = ("advice", "experience", "remark")
GENRES = ("shopping", "outing", "diary")
SLANG = {"en": ("zibby", "flarp", "snink"), "zh": ("芭咕", "噜哒", "嘎咔")}
PEOPLE = 24
POLICY = {
    "ad:en": "no contact details",
    "ad:zh": "不得留联系方式",
    "abuse:en": "no insults",
    "abuse:zh": "不得辱骂",
}
BREACH = {
    "en": {"ad": "Call me at 55 now.", "abuse": "You fools get lost."},
    "zh": {"ad": "电话55找我买。", "abuse": "蠢货都滚开。"},
}


def _note(number: int, language: str, path: tuple[str, str], word: str, author: str) -> Note:
    brand, place = BRANDS[language][number % 2], PLACES[language][(number // 2) % 2]
    harm = ("none", "ad", "abuse")[number % 3]
    time, company = TIMES[language][number % 3], COMPANY[language][(number // 3) % 3]
    product = PRODUCTS[language][number % 3] if number % 2 else ""
    slang = SLANG[language][number % 3] if (number // 2) % 2 else ""
    feel = slang or FEELINGS[language][number % 3]
    breach = BREACH[language].get(harm, "")
    if language == "en":
        got = f"{product} and " if product else ""
        said = f"Went to {place} {time} {company} for {got}{word} by {brand} , paid {number + 3} yuan."
        body = " ".join([said, f"{feel} it was.", *([breach] if breach else []), EMOJI[number % 3]])
        title, price = f"My {word} log {number}", f"{number + 3} yuan"
    else:
        got = f"{product}和" if product else ""
        said = f"{time}{company}去{place}看{brand}的{got}{word}，花了{number + 3}元，{feel}。"
        body = f"{said}{breach}{EMOJI[number % 3]}"
        title, price = f"{word}日记{number}", f"{number + 3}元"
    entities = [Entity("brand", brand), Entity("price", price)]
    if number % 3:
        entities.append(Entity("place", place))
    if product:
        entities.append(Entity("product", product))
    return Note(
        id=f"n-{language}-{number}",
        author_id=author,
        language=language,
        created=f"{2025 + (number % 3 == 1)}-0{1 + number % 9}-11",
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
            "genre": GENRES[(number // 2) % 3],
            "time": time,
            "company": company,
            "opinion": feel,
            **({"evidence": breach} if breach else {}),
        },
        template=f"b{number % 4}",
    )


def _phrase(language: str, author: str) -> str:
    return (", " if language == "en" else "，") + PHRASES[language][int(author.rsplit("-", 1)[1]) % 4]


def _comment(note: Note, name: str, number: int, author: str) -> Comment:
    word, emotion = note.category[2], EMOTIONS[number % 4]
    said = f"{word} {emotion} {number}" if note.language == "en" else f"{word}好{emotion}{number}"
    return Comment(
        id=f"{name}-{note.id}",
        note_id=note.id,
        author_id=author,
        language=note.language,
        text=said + _phrase(note.language, author),
        likes=number % 2 * 100 + number % 7,
        highlights=(word,) if number % 2 else (),
        labels={
            "emotion": emotion,
            "sentiment": SENTIMENTS[number // 2 % 3],
            "act": ACTS[number % 3],
        },
    )


def _comments(note: Note, number: int, authors: list[str]) -> list[Comment]:
    emotion, language = EMOTIONS[number % 4], note.language
    answer = f"take care of {number} {emotion}" if language == "en" else f"抱抱{number}{emotion}"
    return [
        _comment(note, "c", number, authors[0]),
        _comment(note, "d", number + 1, authors[1]),
        Comment(
            id=f"r-{note.id}",
            note_id=note.id,
            author_id=authors[2],
            language=language,
            text=answer + _phrase(language, authors[2]),
            parent_id=f"c-{note.id}",
        ),
    ]


def _people(language: str) -> list[User]:
    tops = list(dict.fromkeys(path[0] for path in TOPICS[language]))
    return [
        User(
            id=f"u-{language}-{i}",
            language=language,
            interests=(tops[i % 4], tops[(i + 1) % 4]),
            persona=("a {} {}" if language == "en" else "{}{}").format(
                MOODS[language][i % 4], JOBS[language][i // 4]
            ),
            age_band=BANDS[i % 4],
        )
        for i in range(PEOPLE)
    ]


def _feed(note: Note, number: int, people: list[User]) -> list[Interaction]:
    """Six readers: those who follow the topic open and like it, and save every second note."""
    events = []
    for step in range(6):
        reader = people[(number * 7 + step * 5) % PEOPLE]
        kinds = ["view"]
        if note.category[0] in reader.interests:
            kinds += ["click", "like", *(["collect"] if number % 2 else [])]
        events += [Interaction(user_id=reader.id, kind=kind, note_id=note.id) for kind in kinds]
    return events


def _language(language: str, size: int) -> dict[str, list]:
    people = _people(language)
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
        speakers = [people[(number * 3 + shift) % PEOPLE].id for shift in (0, 3, 7)]
        found["comments"] += _comments(note, number, speakers)
        audience = AUDIENCE[language][number // 10 % 2]
        query = Query(
            id=f"q-{note.id}",
            user_id=author.id,
            language=language,
            text=f"{word} {number} {audience}" if language == "en" else f"{audience}{word}{number}",
            after_note_id=note.id,
            labels={
                "intent": ("buy", "learn", "visit")[number % 3],
                "category": path[0],
                "topic": word,
                "audience": audience,
            },
        )
        found["queries"].append(query)
        other, third = found["notes"][number // 2], found["notes"][number // 3]
        found["relevance"] += [
            Relevance(query_id=query.id, note_id=note.id, level=(3, 2)[number % 2]),
            Relevance(query_id=query.id, note_id=other.id, level=(-1, 0, 1)[number % 3]),
            Relevance(query_id=query.id, note_id=third.id, level=(0, 1, -1)[number % 3]),
        ]
        found["interactions"] += [
            Interaction(user_id=author.id, kind="like", note_id=note.id),
            Interaction(user_id=author.id, kind="search", query_id=query.id),
            Interaction(user_id=author.id, kind="click", query_id=query.id, note_id=note.id),
            Interaction(user_id=author.id, kind="view", query_id=query.id, note_id=other.id, position=1),
            *_feed(note, number, people),
        ]
    return {"users": people, **found}


def _words(language: str, number: int) -> list[str]:
    words = [word for words in TOPICS[language].values() for word in words]
    return random.Random(number).sample(words, 2)


def _said(language: str, number: int) -> str:
    """Some words that differ from number to number."""
    rng = random.Random(number)
    words = [word for words in TOPICS[language].values() for word in words]
    return ("" if language == "zh" else " ").join([*rng.sample(words, 2), str(rng.randrange(1000))])


def _special(size: int) -> list[ParallelText]:
    """Tag lists, emoji posts, threads and the glossary."""
    found = []
    for i in range(size):
        zh, en = _words("zh", i), _words("en", i)
        brand = (BRANDS["zh"][i % 2], BRANDS["en"][i % 2])
        face = EMOJI[i % 3]
        found += [
            ParallelText(
                id=f"t{i}", kind="hashtags", zh=f"#{zh[0]} #{zh[1]} #{i}", en=f"#{en[0]} #{en[1]} #{i}"
            ),
            ParallelText(
                id=f"e{i}",
                kind="emoji",
                zh=f"{face}{_said('zh', i)}{face}",
                en=f"{face}{_said('en', i)}{face}",
            ),
            ParallelText(
                id=f"h{i}",
                kind="thread",
                zh=f"{_said('zh', i)} / {zh[1]}{brand[0]}",
                en=f"{_said('en', i)} / {en[1]} {brand[1]}",
            ),
        ]
    pairs = zip(
        [word for words in TOPICS["zh"].values() for word in words],
        [word for words in TOPICS["en"].values() for word in words],
        strict=True,
    )
    return found + [
        ParallelText(id=f"w{i}", kind="word/topic", zh=zh, en=en) for i, (zh, en) in enumerate(pairs)
    ]


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
    meanings = {"en": ("stunning", "dull", "cheap"), "zh": ("惊艳", "没劲", "便宜")}
    terms = tuple(
        Term(
            text=text,
            language=language,
            meaning=meaning,
            born="2026-01-01" if number == 1 else "2024-01-01",
            died="" if number == 1 else "2025-12-31",
        )
        for language, texts in SLANG.items()
        for number, (text, meaning) in enumerate(zip(texts, meanings[language], strict=True))
    )
    return Platform(parallel=(*parallel, *_special(size)), terms=terms, policy=POLICY, **joined)


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
