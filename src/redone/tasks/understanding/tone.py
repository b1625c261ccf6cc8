"""How a text is meant: sentiment, emotion, sarcasm."""

from __future__ import annotations

from redone.tasks import rewards
from redone.tasks.labelled import YES_NO, comment_label, note_label
from redone.tasks.task import Task

SENTIMENTS = ("positive", "negative", "neutral")
EMOTIONS = ("joy", "sadness", "anger", "surprise")

_SENTIMENT_PROMPTS = {
    "en": (
        "{text}\nSentiment: positive, negative or neutral?",
        "Is this positive, negative or neutral? {text}",
        "{text}\nIs the sentiment positive, negative or neutral?",
    ),
    "zh": (
        "{text}\n情感：正面、负面、中性？",
        "这是正面、负面还是中性？{text}",
        "{text}\n情感是正面、负面还是中性？",
    ),
}

TONE = (
    Task(
        id="sentiment",
        capability="understanding",
        suite="sns",
        title={"en": "Sentiment of a note", "zh": "笔记情感"},
        prompts=_SENTIMENT_PROMPTS,
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("notes.labels.sentiment",),
        truth="label",
        negatives="the other two classes",
        build=note_label("sentiment", SENTIMENTS),
        max_share=0.4,
    ),
    Task(
        id="comment_sentiment",
        capability="understanding",
        suite="sns",
        title={"en": "Sentiment of a comment", "zh": "评论情感"},
        prompts={
            "en": (
                "Comment: {text}\nSentiment: positive, negative or neutral?",
                "Is this comment positive, negative or neutral? {text}",
                "Comment: {text}\nPositive, negative or neutral?",
            ),
            "zh": (
                "评论：{text}\n情感：正面、负面、中性？",
                "这条评论是正面、负面还是中性？{text}",
                "评论：{text}\n正面、负面还是中性？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("comments.labels.sentiment",),
        truth="label",
        negatives="the other two classes",
        build=comment_label("sentiment", SENTIMENTS),
        max_share=0.4,
    ),
    Task(
        id="emotion",
        capability="understanding",
        suite="sns",
        title={"en": "Emotion of a comment", "zh": "评论情绪"},
        prompts={
            "en": (
                "{text}\nEmotion: joy, sadness, anger or surprise?",
                "Joy, sadness, anger or surprise? {text}",
                "{text}\nIs the emotion joy, sadness, anger or surprise?",
            ),
            "zh": (
                "{text}\n情绪：开心、难过、生气、惊讶？",
                "开心、难过、生气还是惊讶？{text}",
                "{text}\n情绪是开心、难过、生气还是惊讶？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("comments.labels.emotion",),
        truth="label",
        negatives="the other emotions",
        build=comment_label("emotion", EMOTIONS),
        max_share=0.4,
    ),
    Task(
        id="sarcasm",
        capability="understanding",
        suite="sns",
        title={"en": "Sarcasm", "zh": "反讽"},
        prompts={
            "en": (
                "{text}\nSarcasm, yes or no?",
                "Is this sarcastic, yes or no? {text}",
                "{text}\nIs this sarcasm, yes or no?",
            ),
            "zh": (
                "{text}\n反讽，是或否？",
                "这是反讽吗，是或否？{text}",
                "{text}\n是反讽吗，是或否？",
            ),
        },
        answer="label",
        parser="label",
        reward=rewards.EXACT,
        metric="accuracy",
        needs=("notes.labels.sarcasm",),
        truth="label",
        negatives="sincere praise and complaints",
        build=note_label("sarcasm", YES_NO),
        max_share=0.55,
    ),
)
