"""What stands on a rule: tags and descriptions, read and written."""
