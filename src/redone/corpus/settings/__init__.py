"""Settings of curation, one file per concern."""
