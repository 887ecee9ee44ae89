"""The demonstration: a synthetic city, and events that five places published, recorded through the public commands."""
