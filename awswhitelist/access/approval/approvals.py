"""Approvals: signed, bound to one plan and one caller, used once, valid for five minutes at most.

The token of a result, the ``requestState`` of a modern client and the answer to an elicitation are
all the same thing: an HMAC over what was approved. What fails verification, has expired or was
spent is asked again from the start.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from awswhitelist.access.approval.confirmations import Confirmations
from awswhitelist.access.approval.sealing import Seal
from awswhitelist.access.files.state import StateDirectory
from awswhitelist.models import Caller, Plan

LONGEST_LIFETIME = timedelta(minutes=5)
PURPOSE = b"awswhitelist approval\n"
"""Signed before each approval: nothing else that the same key signs can be taken for one."""

TOKEN_LENGTH = 1024
"""No token of ours is longer; what is longer is not looked at."""


class Refusal(StrEnum):
    """Why an approval does not count."""

    MALFORMED = "it is not an approval of this server"
    EXPIRED = "it has expired"
    OTHER_PLAN = "the plan has changed since it was approved"
    OTHER_CALL = "it was given for another call or caller"
    SPENT = "it has been used before"
    NOT_CONFIRMED = "nobody has approved it on a terminal yet"


@dataclass(frozen=True, slots=True)
class Binding:
    """What an approval is good for; nothing else."""

    operation: str
    arguments: str
    plan: str
    caller_arn: str
    principal: str


class Approval(NamedTuple):
    """A token and when it ends; ``terminal_id`` is what a person must approve on a terminal before
    the token counts."""

    token: str
    expires_at: datetime
    terminal_id: str | None = None


class Spent(NamedTuple):
    """An approval that was good and is now used; ``nonce_hash`` is for the audit log."""

    nonce_hash: str


def digest(value: Any) -> str:
    """SHA-256 of a JSON value in canonical form (sorted keys, no blanks), as hex."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def plan_digest(plan: Plan) -> str:
    """The digest of what a person judges in a plan.

    Account, region and the changes: no clock reading, no rendered text, nothing of a rule that
    the plan does not touch. The order does not count: AWS lists rules in whatever order it likes.
    """
    changes = sorted(digest(change.model_dump(mode="json")) for change in plan.writes)
    return digest({"account": plan.account, "region": plan.region, "changes": changes})


def binding_of(
    operation: str, arguments: Mapping[str, Any], plan: Plan, caller: Caller, principal: str
) -> Binding:
    """What an approval of this plan, in this call, by this caller, is bound to."""
    return Binding(operation, digest(arguments), plan_digest(plan), caller.arn, principal)


class Approvals:
    """Issues and spends approvals under the key of one state directory."""

    def __init__(
        self,
        state: StateDirectory,
        *,
        now: Callable[[], float],
        lifetime: timedelta = LONGEST_LIFETIME,
    ) -> None:
        """``now`` gives Unix time in seconds; ``lifetime`` is the policy's ``approval.timeout``."""
        self._state = state
        self._seal = Seal(state, PURPOSE)
        self._now = now
        self._confirmations = Confirmations(state, now=now)
        self._seconds = int(lifetime.total_seconds())

    def issue(self, binding: Binding) -> Approval:
        """A fresh approval token for the binding. Raises StateUnavailableError."""
        until = int(self._now()) + self._seconds
        body = {"nonce": secrets.token_hex(16), "until": until, **_fields(binding)}
        token = self._seal.seal(json.dumps(body, separators=(",", ":")).encode())
        return Approval(token, datetime.fromtimestamp(until, UTC))

    def spend(self, token: str, binding: Binding) -> Spent | Refusal:
        """Use a token up, if it is good for the binding; else say why it is not."""
        body = self._verified(token)
        if body is None:
            return Refusal.MALFORMED
        if body["until"] <= self._now():
            return Refusal.EXPIRED
        wanted = _fields(binding)
        if body["plan"] != wanted["plan"]:
            return Refusal.OTHER_PLAN
        if any(body[name] != value for name, value in wanted.items()):
            return Refusal.OTHER_CALL
        if not self._state.spend(body["nonce"], body["until"]):
            return Refusal.SPENT
        return Spent(digest(body["nonce"]))

    def wait_for_terminal(self, approval: Approval, message: str) -> Approval:
        """Put a plan up for a person at a terminal, who is shown ``message``.

        Raises StateUnavailableError.
        """
        body = self._verified(approval.token)
        assert body is not None, "the token was issued just now"
        binding = {name: body[name] for name in BOUND}
        identity = self._confirmations.put_up(binding, message, body["until"])
        return approval._replace(terminal_id=identity)

    def is_confirmed(self, binding: Binding) -> bool:
        """Whether a person has approved the plan on a terminal. Raises StateUnavailableError."""
        return self._confirmations.is_confirmed(_fields(binding))

    def use_confirmation(self, binding: Binding) -> bool:
        """Use a person's approval on a terminal up; False where another call was faster."""
        return self._confirmations.use(_fields(binding))

    def _verified(self, token: str) -> dict[str, Any] | None:
        if len(token) > TOKEN_LENGTH or not token.isascii():
            return None
        payload = self._seal.unseal(token)
        if payload is None:
            return None
        body: dict[str, Any] = json.loads(payload)
        return body


BOUND = ("call", "plan", "who")


def _fields(binding: Binding) -> dict[str, str]:
    """The binding in the token: hashed, so that a token tells nothing about its caller."""
    return {
        "call": digest([binding.operation, binding.arguments]),
        "plan": binding.plan,
        "who": digest([binding.caller_arn, binding.principal]),
    }
