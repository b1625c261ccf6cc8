"""The service: OpenAI's interface, limits in front of it, health and metrics."""
