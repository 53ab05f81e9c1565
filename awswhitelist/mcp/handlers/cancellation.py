"""``notifications/cancelled``. Source: MCP 2026-07-28, basic/patterns/cancellation."""

from __future__ import annotations

import logging

from awswhitelist.mcp.handlers.interface import NotificationHandler
from awswhitelist.mcp.messages import McpNotification
from awswhitelist.mcp.session import Session

log = logging.getLogger("awswhitelist.mcp")

_REASON_SHOWN = 200


class CancelledHandler(NotificationHandler):
    """Marks a call in flight as unwanted. The client's reason is logged, for debugging."""

    def handle(self, notification: McpNotification, session: Session) -> None:
        """Cancel; unknown, finished and malformed ids are ignored."""
        request_id = notification.params.get("requestId")
        # True would find the call with the id 1.
        if isinstance(request_id, (str, int)) and not isinstance(request_id, bool):
            session.cancel(request_id)
            log.debug("request.cancelled", extra={"reason": _shown(notification)})


def _shown(notification: McpNotification) -> str:
    """The reason as one short line; empty where none is given."""
    reason = notification.params.get("reason")
    text = reason[:_REASON_SHOWN] if isinstance(reason, str) else ""
    return "".join(letter for letter in text if letter.isprintable())
