"""The demonstration: a synthetic city, and what five places published, recorded through the public commands."""
