"""Questions as the protocol asks them: a form with one required choice, and the reading of it.

Source: MCP 2025-06-18, 2025-11-25 and 2026-07-28, client/elicitation.
"""

from __future__ import annotations

from collections.abc import Collection

from awswhitelist.calls import Answer, AnswerKind, Choice, Question
from awswhitelist.mcp.messages import Json
from awswhitelist.mcp.peer import Peer
from awswhitelist.mcp.revisions import Form, Revision

ELICIT = "elicitation/create"
FIELD = "decision"

_TITLE = "Decision"
_ACTIONS = ("accept", "decline", "cancel")


def can_be_asked(peer: Peer) -> bool:
    """Whether the client can show its user a form.

    An ``elicitation`` capability that names no mode means forms; one that names URLs alone does
    not (2026-07-28, client/elicitation, "Capabilities").
    """
    declared = peer.capabilities.get("elicitation")
    if peer.revision.form is Form.NONE or not isinstance(declared, dict):
        return False
    return "form" in declared or "url" not in declared


def form(question: Question, revision: Revision) -> Json:
    """The params of an ``elicitation/create``: one choice, which must be made."""
    schema = {
        "type": "object",
        "properties": {FIELD: _choice(question.choices, revision.form)},
        "required": [FIELD],
    }
    mode = {"mode": "form"} if revision.form is Form.ONE_OF else {}
    return mode | {"message": question.message, "requestedSchema": schema}


def read_answer(values: Collection[str], state: str, result: object) -> Answer | None:
    """What an ElicitResult says to a question with these choices; None if it is no such result.

    Accepting the form without one of the choices in it is a decline.
    """
    if not isinstance(result, dict) or result.get("action") not in _ACTIONS:
        return None
    content = result.get("content")
    value = content.get(FIELD) if isinstance(content, dict) else None
    if result["action"] != "accept" or not isinstance(value, str) or value not in values:
        return Answer(AnswerKind.DECLINED, state=state)
    return Answer(AnswerKind.ACCEPTED, value, state)


def values_of(question: Question) -> tuple[str, ...]:
    """The values that may be chosen."""
    return tuple(choice.value for choice in question.choices)


def _choice(choices: tuple[Choice, ...], shape: Form) -> Json:
    """A single-select enumeration with titles, as the revision spells it."""
    head: Json = {"type": "string", "title": _TITLE}
    if shape is Form.ONE_OF:
        return head | {"oneOf": [{"const": each.value, "title": each.label} for each in choices]}
    return head | {
        "enum": [each.value for each in choices],
        "enumNames": [each.label for each in choices],
    }
