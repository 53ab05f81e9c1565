"""Access that has come to its end, ended."""
