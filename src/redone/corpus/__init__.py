"""Curation: from platform dumps and general text to training documents."""
