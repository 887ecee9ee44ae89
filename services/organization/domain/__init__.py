"""The rules of organization: what can be true of units, posts and reorganisations. Pure functions."""
