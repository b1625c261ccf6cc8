"""One model behind HTTP: an OpenAI-compatible service with continuous batching, and the applications on it."""
