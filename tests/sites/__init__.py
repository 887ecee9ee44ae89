"""The registry of sites."""
