"""Sealed logs, proofs, replays and reports for those who do not believe the database."""
