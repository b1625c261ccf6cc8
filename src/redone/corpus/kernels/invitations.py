"""Kernel: whether an invitation to another channel may start at a byte."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def invites(data, at, end, code, before):  # type: ignore[no-untyped-def]
    """Whether an invitation may start here: 微信, vx, wx, QQ, 加V, 私信, wechat, tg and the like."""
    after = data[at + 1] if at + 1 < end else 0
    near = after | 0x20
    if code >= 0x80:
        if at + 3 >= end:
            return False
        after = data[at + 3]
        if after < 0x80:
            return code == 0x52A0 and (0x61 <= (after | 0x20) <= 0x7A or after == 0x2B)
        if at + 5 >= end or not 0xE0 <= after < 0xF0:
            return False
        then = ((after & 0x0F) << 12) | ((data[at + 4] & 0x3F) << 6) | (data[at + 5] & 0x3F)
        if code == 0x52A0:
            # 加 with 我 微 薇 扣 群 企 威 and the heavy or full-width plus
            return (then == 0x6211 or then == 0x5FAE or then == 0x8587 or then == 0x6263 or then == 0x7FA4
                    or then == 0x4F01 or then == 0x5A01 or then == 0xFF36 or then == 0x2795)  # fmt: skip
        if code == 0x7535 or code == 0x4F01 or code == 0x7EB8 or code == 0x7FA4:
            # 电报 企鹅 纸飞机 群号
            return then == 0x62A5 or then == 0x9E45 or then == 0x98DE or then == 0x53F7
        # 微 薇 徽 威 卫 私 扣 with 信 芯 星 我 聊 戳 扣
        return (then == 0x4FE1 or then == 0x82AF or then == 0x661F or then == 0x6211 or then == 0x804A
                or then == 0x6233 or then == 0x6263)  # fmt: skip
    low = code | 0x20
    if 0x61 <= (before | 0x20) <= 0x7A:
        return False
    if low == 0x76:
        if (
            near == 0x78
            or after == 0x3A
            or before == 0x52A0
            or before == 0x2B
            or before == 0xFF0B
            or before == 0x2795
        ):
            return True
        if not 0xE0 <= after < 0xF0 or at + 3 >= end:
            return False
        then = ((after & 0x0F) << 12) | ((data[at + 2] & 0x3F) << 6) | (data[at + 3] & 0x3F)
        return then == 0x4FE1 or then == 0xFF1A or then == 0x2764
    if low == 0x77:
        return (
            near == 0x78
            or (near == 0x65 and at + 2 < end and (data[at + 2] | 0x20) == 0x63)
            or (near == 0x68 and at + 4 < end and (data[at + 4] | 0x20) == 0x73)
        )
    if low == 0x71:
        # QQ, Q群
        return near == 0x71 or (after == 0xE7 and at + 2 < end and data[at + 2] == 0xBE)
    if low == 0x74:
        return near == 0x67 or (
            near == 0x65 and at + 3 < end and (data[at + 2] | 0x20) == 0x6C and data[at + 3] == 0x65
        )
    return False
