"""Prompts that a proposed task begins with, per language; the last wording is kept for the test split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PROMPTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "label": {
        "en": ["{text}\n@ ({labels}):", "Which @ is this, {labels}?\n{text}",
               "Choose the @ out of {labels}.\n{text}"],
        "zh": ["{text}\n@（{labels}）：", "这段内容的@是{labels}中的哪一个？\n{text}",
               "请从{labels}里选出@。\n{text}"],
    },
    "pair": {
        "en": ["A: {first}\nB: {second}\n@ ({labels}):",
               "Choose the @ of A and B out of {labels}.\nA: {first}\nB: {second}",
               "Which @ do these two texts have, {labels}?\nA: {first}\nB: {second}"],
        "zh": ["甲：{first}\n乙：{second}\n@（{labels}）：",
               "甲、乙的@是{labels}中的哪一个？\n甲：{first}\n乙：{second}",
               "请从{labels}里选出两段内容的@。\n甲：{first}\n乙：{second}"],
    },
    "reply": {
        "en": ["{first}\nWhich reply follows?\n{choices}\nAnswer:",
               "Choose the reply, letter only.\n{first}\n{choices}",
               "Which of these answers the text (letter)?\n{first}\n{choices}"],
        "zh": ["{first}\n回复是哪一条？\n{choices}\n答：", "选出这段内容的回复，只答字母。\n{first}\n{choices}",
               "哪一条是对它的回复（字母）？\n{first}\n{choices}"],
    },
    "title": {
        "en": ["{text}\nTitle:\n{choices}\nAnswer:", "Which title fits? Letter only.\n{text}\n{choices}",
               "Choose the title of this post (letter).\n{text}\n{choices}"],
        "zh": ["{text}\n标题是哪一个？\n{choices}\n答：", "选出合适的标题，只答字母。\n{text}\n{choices}",
               "哪一个是这篇内容的标题（字母）？\n{text}\n{choices}"],
    },
    "turn": {
        "en": ["{context}\nWhat is said next?\n{choices}\nAnswer:",
               "Choose the next turn, letter only.\n{context}\n{choices}",
               "Which turn continues this dialogue (letter)?\n{context}\n{choices}"],
        "zh": ["{context}\n下一句是哪一条？\n{choices}\n答：",
               "选出对话的下一句，只答字母。\n{context}\n{choices}",
               "这段对话接下来会说什么（字母）？\n{context}\n{choices}"],
    },
    "next": {
        "en": ["{seen}\nNext:\n{choices}\nAnswer:",
               "Somebody chose these in turn. Which comes next? Letter only.\n{seen}\n{choices}",
               "Guess what is chosen next (letter).\n{seen}\n{choices}"],
        "zh": ["{seen}\n下一个是：\n{choices}\n答：",
               "某人依次选了这些，接下来选哪个？只答字母。\n{seen}\n{choices}",
               "猜猜下一个会选什么（字母）。\n{seen}\n{choices}"],
    },
    "tags": {
        "en": ["{text}\nTags:", "List the tags of this post, apart by commas.\n{text}",
               "Which tags did the writer give?\n{text}"],
        "zh": ["{text}\n标签：", "列出这条内容的标签，用逗号隔开。\n{text}", "作者给了哪些标签？\n{text}"],
    },
    "names": {
        "en": ["{text}\nName = kind (or none):",
               "List names as \"name = kind\", apart by commas, or none.\n{text}",
               "Which names does the text have, as \"name = kind\"? If there is none, say none.\n{text}"],
        "zh": ["{text}\n实体 = 类型（没有则答无）：", "按“实体 = 类型”列出，用逗号隔开，没有就答无。\n{text}",
               "文中有哪些“实体 = 类型”？没有请写无。\n{text}"],
    },
    "spans": {
        "en": ["{text}\nPieces (or none):",
               "Quote the marked pieces of this text, apart by commas, or none.\n{text}",
               "Which pieces stand out? If there is none, say none.\n{text}"],
        "zh": ["{text}\n片段（没有则答无）：", "摘出文中的片段，用逗号隔开，没有就答无。\n{text}",
               "文中有哪些片段？没有请写无。\n{text}"],
    },
    "question": {
        "en": ["{text}\n{question} Copy the words:", "{question} Answer with words of this text.\n{text}",
               "{text}\nWhich words answer this: {question}"],
        "zh": ["{text}\n{question}摘原文：", "{question}请用原文回答。\n{text}",
               "{text}\n原文怎么回答这个问题：{question}"],
    },
    "to_zh": {
        "en": ["{en}\nIn Chinese:", "Translate into Chinese: {en}", "How would one say this in Chinese?\n{en}"],
        "zh": ["{en}\n译成中文：", "翻译成中文：{en}", "下面这句话用中文怎么说？\n{en}"],
    },
    "to_en": {
        "en": ["{zh}\nIn English:", "Translate into English: {zh}", "How would one say this in English?\n{zh}"],
        "zh": ["{zh}\n译成英文：", "翻译成英文：{zh}", "下面这句话用英文怎么说？\n{zh}"],
    },
}  # fmt: skip
"""Kind of task -> language -> wordings. ``@`` stands for what the labels are called."""


def wordings(kind: str, language: str, name: str = "") -> dict[str, list[str]]:
    """The wordings of a kind of task in one language, ``@`` filled in."""
    plain = name.replace("{", "").replace("}", "").replace("_", " ")
    return {language: [wording.replace("@", plain) for wording in PROMPTS[kind][language]]}
