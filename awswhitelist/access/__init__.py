"""The pipe: intent, plan, verdict, receipts. Every change to AWS goes through here."""
