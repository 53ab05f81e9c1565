"""A small server on the official Python SDK: one tool, standard input and output."""

from __future__ import annotations

from mcp.server import MCPServer

server = MCPServer("sdk-server")


@server.tool()
def echo(text: str) -> str:
    """Give the text back."""
    return text


if __name__ == "__main__":
    server.run()
