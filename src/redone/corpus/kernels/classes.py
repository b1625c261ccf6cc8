"""What kind of character a code point is: one byte for each code point of the basic plane."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

OTHER, HAN, LATIN, DIGIT, SPACE, EMOJI, KANA, HANGUL, LETTER, JOINER = range(10)
"""Kinds; LETTER is a letter of any other script, JOINER is what only changes the picture before it."""

KIND = 0x0F
DIRTY = 0x10
"""May not be in clean text, or may have another form in NFC: the row is looked at again."""
NUMERAL = 0x20
"""Stands for a digit in any script: ASCII, full width, circled, Chinese numerals."""
SPECIAL = 0x40
"""Starts or ends something: a tag, a code, a link, a mention, an invitation."""

_KINDS: tuple[tuple[int, str], ...] = (
    (LETTER, "\u00aa\u00aa\u00b5\u00b5\u00ba\u00ba\u0250\u02af\u0370\u1dff\u2c00\u2dff\ua4d0\ua95f\ua980\uabff"),
    (LATIN, "azAZ\u00c0\u00d6\u00d8\u00f6\u00f8\u024f\u1e00\u1eff\uff21\uff3a\uff41\uff5a"),
    (HAN, "\u3005\u3007\u3400\u4dbf\u4e00\u9fff\uf900\ufaff"),
    (KANA, "\u3041\u30ff\u31f0\u31ff\uff66\uff9f"),
    (HANGUL, "\u1100\u11ff\u3130\u318f\ua960\ua97f\uac00\ud7ff\uffa0\uffdc"),
    (SPACE, "\t\r  \u0085\u0085\u00a0\u00a0\u1680\u1680\u2000\u200a\u2028\u2029\u202f\u202f\u205f\u205f\u3000\u3000"),
    (DIGIT, "09\uff10\uff19"),
    (EMOJI,
            "\u00a9\u00a9\u00ae\u00ae\u203c\u203c\u2049\u2049\u20e3\u20e3\u2122\u2122\u2139\u2139\u2194\u21aa\u231a\u23ff"
            "\u25aa\u27bf\u2934\u2935\u2b05\u2b55\u3030\u3030\u303d\u303d\u3297\u3297\u3299\u3299"),
    (JOINER, "\u200c\u200d\ufe00\ufe0f"),
)  # fmt: skip
_DIRTY = (
    "\x00\x08\x0b\x1f\x7f\x9f\u00a0\u00a0\u00ad\u00ad\u0300\u036f\u0374\u0374\u037e\u037e\u0387\u0387\u0483\u0487"
    "\u0591\u1dff\u1f00\u1fff\u2000\u200f\u2028\u202f\u205f\u206f\u20d0\u20dc\u20e1\u20e1\u20e5\u20f0\u2126\u2126\u212a\u212b"
    "\u2329\u232a\u2adc\u2adc\u2cef\u2cf1\u2d7f\u2d7f\u2de0\u2dff\u302a\u302f\u3099\u309a\ua66f\uabff\uf900\ufaff\ufb1d\ufb4f"
    "\ufe20\ufe2f\ufeff\ufeff\ufff9\ufffb"
)
_NUMERALS = "〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖①②③④⑤⑥⑦⑧⑨⓪❶❷❸❹❺❻❼❽❾"
_SPECIALS = "#[](@/hHwWvVqQtT\n＃＠（【私微薇徽威卫加扣电企纸群"


def _paint(table: Bytes, pairs: str, value: int, *, over: bool) -> None:
    for first, last in zip(pairs[::2], pairs[1::2], strict=True):
        part = table[ord(first) : ord(last) + 1]
        part[:] = value if over else part | value


@functools.cache
def char_classes() -> Bytes:
    """Return 65,536 bytes: kind in the low four bits, marks above."""
    table = np.zeros(65536, dtype=np.uint8)
    for kind, pairs in _KINDS:
        _paint(table, pairs, kind, over=True)
    _paint(table, _DIRTY, DIRTY, over=False)
    _paint(table, "09\uff10\uff19", NUMERAL, over=False)
    for char in _NUMERALS:
        table[ord(char)] |= NUMERAL
    for char in _SPECIALS:
        table[ord(char)] |= SPECIAL
    table[ord("\n")] = SPACE | SPECIAL
    # Hangul syllables are composed already; the line separators are spaces that become line ends.
    table[0x200D] = JOINER | SPECIAL
    return table
