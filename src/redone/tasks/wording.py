"""How coded values are said in each language: label codes, entity kinds, list punctuation."""

from __future__ import annotations

from collections.abc import Iterable

_SAID: dict[str, dict[str, str]] = {
    "yes": {"en": "yes", "zh": "是"},
    "no": {"en": "no", "zh": "否"},
    "none": {"en": "none", "zh": "无"},
    "positive": {"en": "positive", "zh": "正面"},
    "negative": {"en": "negative", "zh": "负面"},
    "neutral": {"en": "neutral", "zh": "中性"},
    "joy": {"en": "joy", "zh": "开心"},
    "sadness": {"en": "sadness", "zh": "难过"},
    "anger": {"en": "anger", "zh": "生气"},
    "surprise": {"en": "surprise", "zh": "惊讶"},
    "fear": {"en": "fear", "zh": "害怕"},
    "brand": {"en": "brand", "zh": "品牌"},
    "place": {"en": "place", "zh": "地点"},
    "price": {"en": "price", "zh": "价格"},
    "product": {"en": "product", "zh": "产品"},
    "review": {"en": "review", "zh": "评价"},
    "person": {"en": "person", "zh": "人物"},
    "shopping": {"en": "shopping", "zh": "购物"},
    "outing": {"en": "outing", "zh": "出游"},
    "diary": {"en": "diary", "zh": "日记"},
    "advice": {"en": "advice", "zh": "建议"},
    "experience": {"en": "experience", "zh": "经历"},
    "remark": {"en": "remark", "zh": "感想"},
    "skip": {"en": "skip", "zh": "划走"},
    "like": {"en": "like", "zh": "点赞"},
    "save": {"en": "save", "zh": "收藏"},
}


def say(code: str, language: str) -> str:
    """Return the word for a code; a code that has no entry (a user's own label set) is said as it is."""
    return _SAID.get(code, {}).get(language, code)


def listed(items: Iterable[str], language: str) -> str:
    """Items as a reader of the language would list them."""
    return ("、" if language == "zh" else ", ").join(items)
