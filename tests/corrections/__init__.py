"""Corrections with consequences, and follow-ups as a function of the set of facts (repro chains.py and deadunit.sh)."""
