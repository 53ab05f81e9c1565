"""The files that processes share: where they are, and who may write."""
