"""What a person has to approve, and the proof that one did."""
