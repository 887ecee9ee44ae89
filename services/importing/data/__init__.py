"""Open data that comes with the ledger, and how it was made."""
