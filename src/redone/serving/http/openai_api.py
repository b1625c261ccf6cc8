"""OpenAI's chat and completion endpoints over the engine."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from redone.errors import UserError
from redone.model import Chat
from redone.records import Message
from redone.serving.engine import Ask, Engine, Ticket
from redone.serving.http.bodies import ChatBody, CompletionBody, Drawing, read_body
from redone.serving.http.errors import Refused, reply
from redone.serving.http.names import new_name, new_seed
from redone.serving.http.replies import CHAT, COMPLETION, Kind, choice, usage
from redone.serving.http.settings import ServiceSettings
from redone.serving.http.streaming import events
from redone.serving.http.waiting import submit, wait_all

CHAT_TOKENS = 256
COMPLETION_TOKENS = 16
"""Answer lengths when a request names none."""


def openai_routes(engine: Engine, name: str, settings: ServiceSettings) -> APIRouter:
    """The router of ``/v1/chat/completions``, ``/v1/completions`` and ``/v1/models``."""
    router = APIRouter()
    api = _Api(engine, name, settings)
    card = {"id": name, "object": "model", "created": int(time.time()), "owned_by": "redone"}

    @router.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        body = read_body(ChatBody, await request.body())
        prompt = api.chat_prompt(body)
        wanted = body.max_completion_tokens or body.max_tokens or CHAT_TOKENS
        return await api.respond(CHAT, body, [prompt], wanted, request)

    @router.post("/v1/completions")
    async def complete(request: Request) -> Response:
        body = read_body(CompletionBody, await request.body())
        prompts = [api.raw_prompt(p) for p in body.prompts()]
        return await api.respond(COMPLETION, body, prompts, body.max_tokens or COMPLETION_TOKENS, request)

    @router.get("/v1/models")
    async def models() -> Response:
        return reply({"object": "list", "data": [card]})

    @router.get("/v1/models/{model:path}")
    async def model(model: str) -> Response:
        api.check_model(model)
        return reply(card)

    return router


class _Api:
    def __init__(self, engine: Engine, name: str, settings: ServiceSettings) -> None:
        self.engine = engine
        self.chat: Chat = engine.chat
        self.name = name
        self.settings = settings

    def check_model(self, model: str) -> None:
        if model != self.name:
            raise Refused(
                404,
                f"there is no model {model[:100]!r}; this server has {self.name!r}",
                code="model_not_found",
            )

    def chat_prompt(self, body: ChatBody) -> tuple[int, ...]:
        turns = [Message("system" if t.role == "developer" else t.role, t.text()) for t in body.messages]
        try:
            return tuple(self.chat.encode_prompt(turns))
        except UserError as error:
            raise Refused(400, str(error), param="messages", code="template") from error

    def raw_prompt(self, prompt: str | list[int]) -> tuple[int, ...]:
        if isinstance(prompt, str):
            try:
                ids = self.chat.tokenizer(prompt, add_special_tokens=False)["input_ids"]
            except (TypeError, UnicodeError) as error:
                raise Refused(400, "prompt: not valid text", param="prompt") from error
            return tuple(int(i) for i in ids)
        if not all(0 <= i < self.chat.vocab_size for i in prompt):
            raise Refused(400, f"prompt: ids lie in 0 to {self.chat.vocab_size - 1}", param="prompt")
        return tuple(prompt)

    async def respond(
        self, kind: Kind, body: Drawing, prompts: list[tuple[int, ...]], wanted: int, request: Request
    ) -> Response:
        """Submit one ask per prompt and choice, and reply with all of them or stream them."""
        self.check_model(body.model)
        choices = body.n or 1
        if choices * len(prompts) > max(self.settings.max_choices, len(prompts)):
            raise Refused(400, f"n: at most {self.settings.max_choices}", param="n")
        stream = bool(body.stream)
        seed = body.seed if body.seed is not None else new_seed()
        tickets: list[Ticket] = []
        try:
            for prompt in prompts:
                for number in range(choices):
                    ask = self._ask(body, prompt, wanted, seed + number, stream)
                    tickets.append(submit(self.engine, ask))
        except Refused:
            for ticket in tickets:
                self.engine.cancel(ticket)
            raise
        head = {
            "id": new_name(kind.prefix, 24),
            "object": kind.chunk if stream else kind.object,
            "created": int(time.time()),
            "model": self.name,
        }
        prompt_tokens = sum(len(p) for p in prompts)
        if stream:
            tell = body.stream_options is not None and body.stream_options.include_usage
            source = events(self.engine, kind, head, tickets, prompt_tokens if tell else None)
            return StreamingResponse(
                source, media_type="text/event-stream", headers={"cache-control": "no-cache"}
            )
        answers = await wait_all(self.engine, tickets, request)
        made = [choice(kind, number, answer) for number, answer in enumerate(answers)]
        return reply(head | {"choices": made, "usage": usage(prompt_tokens, answers)})

    def _ask(self, body: Drawing, prompt: tuple[int, ...], wanted: int, seed: int, stream: bool) -> Ask:
        return Ask(
            prompt=prompt,
            max_new_tokens=min(wanted, self.settings.max_tokens, max(1, self.engine.context - len(prompt))),
            temperature=1.0 if body.temperature is None else body.temperature,
            top_p=1.0 if body.top_p is None else body.top_p,
            seed=seed,
            stop=body.stops(),
            stream=stream,
        )
