"""The bare loop with one pydantic model, which every message is read into.

What a server pays that uses pydantic at all: its import, one small model, one validation each.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Literal

from pydantic import BaseModel

RESULTS: dict[str, dict[str, Any]] = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "model-loop", "version": "1"},
    },
    "ping": {},
    "tools/list": {"tools": []},
}


class Message(BaseModel):
    """A request, or a notification if it has no id."""

    jsonrpc: Literal["2.0"]
    id: int | str | None = None
    method: str
    params: dict[str, Any] | None = None


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin.buffer:
        message = Message.model_validate_json(line)
        if message.id is not None:
            result = RESULTS[message.method]
            answer = {"jsonrpc": "2.0", "id": message.id, "result": result}
            sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
