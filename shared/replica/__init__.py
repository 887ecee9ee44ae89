"""What a site holds of all sites' logs: a grow-only set of signed, hash-linked entries. Pure: no I/O, no clock."""
