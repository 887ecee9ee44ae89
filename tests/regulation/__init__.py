"""Decision documents: every rule and every accepted fact, by example."""
