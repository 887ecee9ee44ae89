"""The posts a cadre holds: every rule and every accepted fact, by example."""
