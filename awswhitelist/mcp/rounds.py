"""Asking a modern client: the call is answered with a question, and made again with its answer.

Nothing is remembered in between: what the next round needs goes through the client, sealed.
Source: MCP 2026-07-28, basic/patterns/mrtr.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from awswhitelist.calls import Answer, AnswerKind, Question
from awswhitelist.mcp.asking import ELICIT, form, read_answer, values_of
from awswhitelist.mcp.messages import Json
from awswhitelist.mcp.revisions import Revision

LIFETIME_SECONDS = 300


class Sealer(Protocol):
    """Makes text that only its maker can have made: signed, not encrypted.

    The key is the local user's own, so what one user was given is void for every other.
    """

    def seal(self, payload: bytes) -> str:
        """The payload with its signature. Raises AwsWhitelistError where there is no key."""

    def unseal(self, text: str) -> bytes | None:
        """The payload; None for whatever was not sealed here. Raises AwsWhitelistError."""


class CallKey(NamedTuple):
    """What a round is bound to: the same method, the same tool, the same arguments."""

    method: str
    tool: str
    arguments: Mapping[str, Any]

    def digest(self) -> str:
        """SHA-256 of the call in canonical JSON, as hex."""
        import hashlib  # only a question needs it: keep it out of start-up

        text = json.dumps([self.method, self.tool, self.arguments], sort_keys=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


class Rounds:
    """Turns a question into a result, and the params of the repeated call into answers."""

    def __init__(self, new_sealer: Callable[[], Sealer], now: Callable[[], float]) -> None:
        """``new_sealer`` is called when somebody is asked; ``now`` gives Unix time in seconds."""
        self._new_sealer = new_sealer
        self._now = now

    def question(
        self, asked: Question, key: CallKey, answers: Mapping[str, Answer], revision: Revision
    ) -> Json:
        """The InputRequiredResult that asks. ``answers`` are those to earlier questions."""
        state = {
            "until": int(self._now()) + LIFETIME_SECONDS,
            "call": key.digest(),
            "answers": {name: list(_plain(answer)) for name, answer in answers.items()},
            "key": asked.key,
            "state": asked.state,
            "values": values_of(asked),
        }
        payload = json.dumps(state, separators=(",", ":")).encode("ascii")
        return {
            "resultType": "input_required",
            "inputRequests": {asked.key: {"method": ELICIT, "params": form(asked, revision)}},
            "requestState": self._new_sealer().seal(payload),
        }

    def answers(self, params: Json, key: CallKey) -> dict[str, Answer]:
        """What has been answered so far, by the params of a call that is made again.

        Nothing where the state is not ours, has expired or is another call's: then the call
        begins anew. An answer that is missing or malformed is left out, and asked for again.
        """
        state = self._opened(params.get("requestState"))
        if state is None or state["until"] <= self._now() or state["call"] != key.digest():
            return {}
        answers = {name: _answer(*plain) for name, plain in state["answers"].items()}
        responses = params.get("inputResponses") or {}
        newest = read_answer(state["values"], state["state"], responses.get(state["key"]))
        return answers if newest is None else answers | {state["key"]: newest}

    def _opened(self, text: object) -> dict[str, Any] | None:
        payload = self._new_sealer().unseal(text) if isinstance(text, str) else None
        if payload is None:
            return None
        state: dict[str, Any] = json.loads(payload)
        return state


def _plain(answer: Answer) -> tuple[str, str, str]:
    return answer.kind.value, answer.value, answer.state


def _answer(kind: str, value: str, state: str) -> Answer:
    return Answer(AnswerKind(kind), value, state)
