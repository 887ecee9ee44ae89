"""What five places published of their cadre work, asked of the ledger."""
