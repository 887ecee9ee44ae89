"""Proof of the tests: bugs put in on purpose, each of which some test must find."""
