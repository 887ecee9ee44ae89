"""The append-only event log: its one writer, recorders for SQLite and PostgreSQL, encryption keys, proofs."""
