"""Cadres on file: every rule and every accepted fact, by example."""
