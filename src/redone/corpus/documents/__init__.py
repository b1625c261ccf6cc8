"""Documents made of what people did: notes with their comments and searches, and notes read together."""

from redone.corpus.documents.assemble import Document
from redone.corpus.documents.in_memory import interaction_documents
from redone.corpus.settings.document_settings import DocumentSettings

__all__ = ["Document", "DocumentSettings", "interaction_documents"]
