"""The stored replica: every log as segments of entries with their tree nodes, changed one chunk a transaction."""

REPLICA_FILE = "replica.db"
"""File in the home of a site with its replica; a site that has exchanged nothing has none."""
