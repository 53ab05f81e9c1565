"""Everything that talks to AWS. Raw AWS dictionaries and botocore's exceptions stop here."""
