"""What makers of a release run; nothing of it is in the package."""
