"""The registry of sites: who belongs to whom, with which keys, and what of their logs counts."""
