"""Projected rows in a relational database: storing, comparing and querying them."""
