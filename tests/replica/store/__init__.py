"""The store of a replica."""
