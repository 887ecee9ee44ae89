"""The registry of services and what derives from it."""
