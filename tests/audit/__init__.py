"""Seals, archives, replays and reports."""
