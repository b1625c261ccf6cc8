"""How personal data is written in Chinese and English posts: patterns, and the checks that spare other numbers.

Patterns run over a copy of the text in which every numeral (full width, circled, Chinese) is one ASCII digit, so
that positions stay the same and each form has to be described once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

_ASCII = "0123456789"
_FORMS = (
    "０１２３４５６７８９", "⓪①②③④⑤⑥⑦⑧⑨", "零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖", "〇幺两叁肆伍陆柒捌玖",
    "⓿❶❷❸❹❺❻❼❽❾", "０Ⅰ贰參肆伍陸柒捌玖",
)  # fmt: skip
TO_DIGITS = str.maketrans(
    {form[at]: _ASCII[at] for form in _FORMS for at in range(10)} | {"＠": "@", "：": ":"}
)
"""One character to one character, so that a span in the copy is a span in the text."""

_GAP = r"[ \-\u2010-\u2015.·_*~/,，、\ufe0f\u20e3\u2764]"
_BEFORE = r"(?<![0-9A-Za-z.])"
_AFTER = r"(?![0-9A-Za-z])"
_MOBILE = (
    r"(?:(?:\+|00)?86[ \-]?)?(?:"
    r"1[3-9][0-9]{9}"
    rf"|1[3-9][0-9](?P<g>{_GAP}{{1,2}})[0-9]{{4}}(?P=g)[0-9]{{4}}"
    rf"|1[3-9][0-9]{{2}}(?P<g2>{_GAP}{{1,2}})[0-9]{{3}}(?P=g2)[0-9]{{4}}"
    rf"|1(?P<g3>{_GAP}{{1,3}})[3-9](?:(?P=g3)[0-9]){{9}}(?:\ufe0f?\u20e3)?"
    r")"
)
_LANDLINE = (
    r"(?:0[1-9][0-9]{1,2}[\-\u2010-\u2015 ][2-9][0-9]{6,7}(?:-[0-9]{1,5})?|\(0[1-9][0-9]{1,2}\) ?[2-9][0-9]{6,7}"
    r"|[48]00[\-\u2010-\u2015][0-9]{3,4}[\-\u2010-\u2015][0-9]{3,4})"
)
_FOREIGN = (
    r"(?:\+[1-9][0-9]{0,2}[ \-]?(?:\([0-9]{1,4}\)[ \-]?)?[0-9]{2,4}(?:[ \-]?[0-9]{2,4}){1,4}"
    r"|\([2-9][0-9]{2}\) ?[2-9][0-9]{2}-[0-9]{4}|[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4})"
)
_APP = (
    r"(?:[微薇徽威维卫][信芯星❤♥]+号?|[vVwW][xX](?:号|id|ID)?|[vV]信号?|[wW]e[cC]hat(?: ?[iI][dD])?|WECHAT"
    r"|[加➕+＋][ ]?[vVＶ微薇](?![a-zA-Z])|[vV]\s?[❤♥]|(?<![A-Za-z])[vV](?=[:：\s]*[a-zA-Z]+[\-_]?[0-9]))"
)
_LINK = r"(?:[:：\s=\-→>👉]|号码?|是|为|我|加|联系|搜索?|\bis\b)*"
_QQ = r"(?:[qQ][qQ](?:号码?|群)?|扣扣群?号?|企鹅号?|[qQ]群号?|群号)"
_NOT_PHONE = re.compile(
    r"(?:单号|订单|编号|快递|运单|物流|流水|货号|型号|条码|款号|(?:[nN]o|ID|id)[.:# ]?|[¥$#])[:： ]*$"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of personal data. The span is group ``v`` where there is one, else the whole match.

    ``sign`` is what the scan must have seen for the pattern to be tried at all; one of the ``hints``, if there
    are any, must stand in the text in lower case.
    """

    kind: str
    sign: Literal["mail", "link", "number", "contact"]
    regex: re.Pattern[str]
    check: Callable[[re.Match[str]], bool] | None = None
    hints: tuple[str, ...] = ()


def luhn(digits: str) -> bool:
    """Return whether a card number's check digit is right."""
    total = 0
    for at, char in enumerate(reversed(digits)):
        value = int(char) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def id_checksum(number: str) -> bool:
    """Return whether the last character of an 18-character Chinese id is right (GB 11643, ISO 7064 MOD 11-2)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(d) * w for d, w in zip(number[:17], weights, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _is_id(found: re.Match[str]) -> bool:
    return id_checksum(re.sub(r"[ \-]", "", found.group()))


def _is_card(found: re.Match[str]) -> bool:
    digits = re.sub(r"[ \-]", "", found.group("v"))
    return luhn(digits) and len(set(digits)) > 2


def _is_phone(found: re.Match[str]) -> bool:
    return not _NOT_PHONE.search(found.string[max(0, found.start() - 12) : found.start()])


_BIRTH = r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_HOSTS = (
    "weibo.c", "xiaohongshu.", "douyin.", "bilibili.", "zhihu.", "douban.", "twitter.", "x.com", "instagram.",
    "facebook.", "tiktok.", "t.me/", "wa.me/", "u/", "linkedin.",
)  # fmt: skip
PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "email",
        "mail",
        re.compile(
            r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}"
            r"(?: ?@ ?|\s?[\[(（【]\s?(?:at|AT|@)\s?[\])）】]\s?|#@?(?=[a-z0-9]+\.com))"
            r"(?:[A-Za-z0-9\-]{1,63}(?:\.|\s?[\[(（【]\s?(?:dot|DOT|点)\s?[\])）】]\s?|。(?=com|cn|net))){1,4}[A-Za-z]{2,24}(?![A-Za-z0-9])"
        ),
    ),
    Pattern(
        "profile",
        "link",
        re.compile(
            r"(?:https?://)?(?:www\.|m\.|mobile\.)?(?:weibo\.(?:com|cn)/(?:u/|n/|profile/)?[^\s/，。?#]{3,}"
            r"|xiaohongshu\.com/user/profile/[0-9a-f]+|(?:v\.)?douyin\.com/(?:user/)?[\w\-]{5,}"
            r"|space\.bilibili\.com/[0-9]+|zhihu\.com/people/[\w\-]+|douban\.com/people/[\w\-]+"
            r"|(?:twitter|x|instagram|facebook|tiktok)\.com/@?[\w.]{2,}(?![\w/])|t\.me/[\w+]{3,}|wa\.me/[0-9]{6,}"
            r"|(?:reddit\.com)?/?(?<![\w])u/[\w\-]{3,20}|linkedin\.com/in/[\w\-%]+)/?",
            re.IGNORECASE,
        ),
        hints=_HOSTS,
    ),
    Pattern("id_card", "number", re.compile(
        rf"{_BEFORE}[1-8][0-9]{{5}}[ \-]?{_BIRTH}[ \-]?[0-9]{{3}}[0-9Xx]{_AFTER}"
    ), _is_id),
    Pattern(
        "bank_card",
        "number",
        re.compile(rf"{_BEFORE}(?P<v>[3-69][0-9]{{3}}(?P<s>[ \-]?)[0-9]{{4}}(?P=s)[0-9]{{4}}(?P=s)[0-9]{{3,4}}"
                   rf"(?:(?P=s)[0-9]{{1,3}})?|3[47][0-9]{{13}}){_AFTER}"),
        _is_card,
    ),
    Pattern("wechat", "contact", re.compile(
        rf"(?=[微薇徽威维卫vVwW加➕+＋Ｖ])(?<![A-Za-z]){_APP}{_LINK}(?P<v>[A-Za-z][A-Za-z0-9_\-]{{5,19}}|{_MOBILE}|[0-9]{{5,12}})(?![A-Za-z0-9_])"
    )),
    Pattern("qq", "contact", re.compile(
        rf"(?=[qQ扣企群])(?<![A-Za-z]){_QQ}{_LINK}(?P<v>[1-9][0-9]{{4,11}})(?![0-9])"
    )),
    Pattern("handle", "contact", re.compile(
        r"(?=[tT电纸wWlL飞])(?<![A-Za-z])(?:[tT]elegram|TELEGRAM|[tT][gG]|电报|纸飞机|[wW]hats ?[aA]pp"
        r"|[lL][iI][nN][eE] ?[iI][dD]|飞机号)"
        r"(?:[:：\s=]|号|is)*(?P<v>@[A-Za-z]\w{3,31}|(?<=[:：])[A-Za-z]\w{3,31}|\+?[0-9][0-9 \-]{6,18}[0-9])"
    )),
    Pattern("phone", "number", re.compile(rf"{_BEFORE}(?:{_MOBILE}|{_LANDLINE}|{_FOREIGN}){_AFTER}"), _is_phone),
)  # fmt: skip
"""In the order in which spans are taken: a number inside an id card is no phone."""

MENTION = Pattern("user", "mail", re.compile(r"(?<![A-Za-z0-9_])@[\w\-\u4e00-\u9fff]{2,30}"))
"""Tried only where mentions are masked."""
