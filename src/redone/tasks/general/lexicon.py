"""Everyday words for general prompts, short so that a small vocabulary holds each in one or two tokens."""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "en": (
        "sun", "moon", "star", "rain", "snow", "wind", "tree", "leaf", "rose", "seed",
        "cat", "dog", "cow", "hen", "fox", "bear", "fish", "bird", "frog", "bee",
        "red", "blue", "gold", "pink", "gray", "book", "pen", "cup", "bag", "box",
        "door", "lamp", "road", "boat", "bell", "ring", "salt", "milk", "rice", "corn",
    ),
    "zh": (
        "太阳", "月亮", "星星", "雨水", "雪花", "大风", "树木", "叶子", "玫瑰", "种子",
        "小猫", "小狗", "黄牛", "母鸡", "狐狸", "黑熊", "小鱼", "飞鸟", "青蛙", "蜜蜂",
        "红色", "蓝色", "金色", "粉色", "灰色", "书本", "钢笔", "杯子", "背包", "盒子",
        "大门", "台灯", "马路", "小船", "铃铛", "戒指", "食盐", "牛奶", "米饭", "玉米",
    ),
}  # fmt: skip
