"""Sealed logs, proofs, replays and reports for auditors who do not trust the database."""
