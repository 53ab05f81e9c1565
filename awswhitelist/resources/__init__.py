"""What a name may mean: targets become security groups and ports here."""
