"""The least that can answer MCP in Python: reads a line, parses it, writes an answer.

It checks nothing, waits for nothing else and stops in no order. Nothing in Python that reads line
by line can be much faster; what a server needs beyond it is what it costs.
"""

from __future__ import annotations

import json
import sys

RESULTS = {
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "bare-loop", "version": "1"},
    },
    "ping": {},
    "tools/list": {"tools": []},
}


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if "id" in message:
            result = RESULTS[message["method"]]
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
            sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
