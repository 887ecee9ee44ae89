"""The stored replica: every log as segments of entries with their tree nodes, changed one chunk a transaction."""
