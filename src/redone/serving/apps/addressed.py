"""Sentences in a note that talk to the model instead of to readers."""

from __future__ import annotations

import re

_EN = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:above|previous|prior|rules?|instructions?|"
    r"prompts?|polic(?:y|ies)|everything)\b"
    r"|\b(?:answer|reply|respond|output|return|print|say|write)\b.{0,30}\b(?:yes|no|json|harmless|harmful|"
    r"verdict|label|only|nothing|safe)\b"
    r"|\b(?:system|assistant|user|developer)\s*(?:prompt|message|:)|\byou are (?:now|an?)\b"
    r"|\b(?:verdict|category|severity|confidence|schema)\b\s*[\"':=]|<\|?\s*/?(?:system|assistant|user|end|im_)",
    re.IGNORECASE | re.DOTALL,
)
_ZH = re.compile(
    "(?:忽略|无视|忘记|忘掉|不要理会|跳过|绕过).{0,20}(?:规则|指令|指示|提示|要求|条款|政策|以上|上面|之前|前面|内容)"
    "|(?:回答|回复|输出|返回|只说|请说|必须答|请答|答案|判定|判断|结论|标记|标注).{0,12}"
    "(?:是|否|合规|违规|不违规|安全|无害|有害|JSON|json|标签)"
    "|你(?:现在)?是(?:一个|一名|系统|管理员|助手)|(?:系统|助手|管理员|开发者)(?:提示|消息|指令|[:：])"
)


def addresses_the_reader_machine(text: str) -> bool:
    """Whether a sentence gives instructions to whoever classifies it.

    Used to set such a sentence's own vote aside, never to set aside what stands beside it: a note whose
    every sentence does this is still judged by them.
    """
    return bool(_EN.search(text) or _ZH.search(text))
