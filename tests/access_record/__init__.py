"""The record of who looked at what."""
