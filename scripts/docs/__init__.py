"""The documentation: its generated pages, its site, and the commands that it shows."""
