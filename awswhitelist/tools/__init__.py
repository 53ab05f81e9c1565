"""The operations: one module per family, each a request model, a result model and a handler."""
