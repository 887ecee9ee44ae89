"""Grades, reviews and ballots: every rule and every accepted fact, by example."""
