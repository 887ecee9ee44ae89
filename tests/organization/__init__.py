"""Units, posts and reorganisations: every rule and every accepted fact, by example."""
