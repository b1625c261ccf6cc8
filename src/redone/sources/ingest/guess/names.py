"""What columns are called, in Chinese and English, by the part that they play.

The curation reader keeps a list of its own: it acts on its guesses without anybody looking, so it knows only
names that are hardly ever wrong. Here every guess is written down for a person to check, so bold ones are
welcome, and there are roles that documents have no use for (labels, pairs, tags).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

NAMES: Mapping[str, tuple[str, ...]] = {
    "id": (
        "id", "_id", "$oid", "note_id", "post_id", "comment_id", "review_id", "tweet_id", "status_id", "doc_id",
        "mid", "uuid", "guid", "idx", "index",
        "编号", "序号", "主键", "帖子id", "笔记id", "微博id", "评论id",
    ),
    "text": (
        "text", "body", "content", "tweet", "tweet_content", "post", "message", "sentence", "utterance",
        "selftext", "review_text", "desc", "note_desc", "post_text", "msg", "query_text",
        "comment", "comment_text", "review", "document", "src", "caption", "description", "full_text",
        "内容", "正文", "文本", "微博正文", "微博内容", "评论内容", "评论", "笔记内容", "帖子内容", "句子",
        "原文", "描述", "微博", "消息内容", "消息", "帖子正文", "评价内容", "评价", "弹幕", "內文", "內容",
    ),
    "title": ("title", "subject", "headline", "标题", "题目", "主题"),
    "label": (
        "label", "labels", "label_name", "class", "category", "sentiment", "emotion", "stance", "topic",
        "intent",
        "polarity", "is_duplicate", "duplicate", "similar", "relevance", "relevant", "mood", "gold",
        "rating", "level",
        "toxic", "spam", "hate", "offensive", "sarcasm", "标签", "类别", "分类", "类型", "情感", "情绪",
        "情感倾向", "立场", "意图",
        "话题类别", "是否相关", "是否相似", "相关性", "等级", "频道",
    ),
    "author": (
        "author", "author_id", "user", "user_id", "userid", "uid", "username", "user_name", "screen_name",
        "account",
        "member_id", "reviewer_id", "作者", "作者id", "用户", "用户id", "用户名", "昵称", "发布者", "博主",
    ),
    "time": (
        "time", "created", "created_at", "created_utc", "createtime", "date", "datetime", "timestamp", "ts",
        "publish_time", "posted_at", "时间", "发布时间", "创建时间", "发表时间", "发送时间", "评论时间", "日期",
    ),
    "parent": (
        "parent", "parent_id", "reply_to", "in_reply_to", "in_reply_to_status_id", "root_id", "note_id",
        "post_id",
        "父评论", "父id", "回复id", "所属笔记", "帖子id", "笔记id",
    ),
    "group": (
        "dialogue_id", "dialog_id", "conversation_id", "conv_id", "thread_id", "session_id", 
        "thread", "dialogue", "dialog", "session", "topic_id",
        "tv_id",
        "会话id", "对话id", "帖子编号", "主题id",
    ),
    "likes": (
        "likes", "like_count", "likes_count", "ups", "upvotes", "favorite_count", "votes", "num_likes",
        "点赞", "点赞数", "liked_count", "推文數",
        "赞", "获赞数",
    ),
    "language": ("language", "lang", "语言"),
    "licence": ("licence", "license", "许可", "许可证"),
    "split": ("split", "fold", "subset", "partition", "划分", "数据集划分"),
    "hashtags": (
        "tags", "trg", "hashtags", "hashtag", "keywords", "keyphrases", "keyword", "tag", "topics", "话题",
        "话题标签", "关键词",
    ),
    "first": (
        "sentence1", "text1", "text_a", "premise", "query", "question", "post", "prompt", "q1",
        "question1", "src",
        "source", "context", "句子1", "文本1", "问题", "查询", "搜索词", "原帖", "帖子", "上文",
    ),
    "second": (
        "sentence2", "text2", "text_b", "hypothesis", "response", "reply", "answer", "q2", "question2",
        "tgt", "target",
        "completion", "document", "title2", "句子2", "文本2", "回复", "答案", "回答", "下文", "跟帖",
    ),
    "zh": ("zh", "chinese", "cn", "zh_cn", "text_zh", "中文", "译文", "中文译文"),
    "en": ("en", "english", "en_us", "text_en", "英文", "英文原文"),
    "tokens": ("tokens", "words", "chars", "token", "字", "词"),
    "tags": ("ner_tags", "tags", "labels", "ner", "bio", "tag", "实体标签"),
    "spans": ("spans", "offsets", "entities", "highlights", "span", "annotations", "实体", "片段"),
    "item": (
        "item", "item_id", "movie", "movie_id", "product", "product_id", "product_name", "video_id",
        "place", "poi",
        "note_id", "商品", "商品id", "电影", "视频id", "地点", "笔记id",
    ),
    "query": ("query", "search", "keyword", "search_query", "搜索词", "查询", "查询词"),
    "speaker": (
        "speaker", "role", "sender", "from", "who", "nickname", "author", "user", "角色", "说话人", "发送人",
        "发送者", "昵称", "用户",
    ),
    "gender": ("gender", "sex", "性别"),
    "age": ("age", "age_band", "age_group", "年龄", "年龄段"),
    "persona": ("bio", "persona", "profile", "signature", "简介", "个人简介", "签名"),
    "interests": ("interests", "interest", "兴趣", "兴趣标签"),
    "action": ("action", "event", "kind", "behavior", "behaviour", "event_type", "行为", "行为类型", "动作"),
}  # fmt: skip
"""Role -> names, the more telling ones first."""

_APART = re.compile(r"[\s\-./]+")


def plain(column: str) -> str:
    """A column's name as the table has names: lower case, ``userName`` and ``user name`` as ``user_name``."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.strip().lstrip("\ufeff"))
    return _APART.sub("_", snake).lower().strip("_")


def rank(column: str, role: str) -> int | None:
    """The place of a column's name (or of the last part of a nested one) among a role's names; None: not one."""
    names = NAMES[role]
    for name in (plain(column), plain(column.rsplit(".", 1)[-1])):
        if name in names:
            return names.index(name)
    return None
