"""What this machine can learn about its own place on the internet."""
