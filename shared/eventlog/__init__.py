"""The append-only event log: its single writer, storage in SQLite and PostgreSQL, encryption keys, proofs."""
