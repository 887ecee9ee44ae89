"""Talking to SQLite and PostgreSQL: statements, bulk arrays, connection options, privileges."""
