"""awswhitelist: an MCP server that opens one hole in an AWS firewall, and closes it again."""

__version__ = "0.1.0"
