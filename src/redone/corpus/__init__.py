"""Curation: from platform dumps and general text to training documents."""

from redone.corpus.documents import Document, DocumentSettings, interaction_documents
from redone.corpus.opening import open_corpus

__all__ = ["Document", "DocumentSettings", "interaction_documents", "open_corpus"]
