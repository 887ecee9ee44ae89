"""Whole questions over HTTP: facts told to a running ledger, and what it answers."""
