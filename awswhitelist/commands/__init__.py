"""The command line for people and scripts. Nothing in here is imported on the way to serving."""
