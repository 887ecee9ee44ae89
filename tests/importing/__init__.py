"""Tests of importing: how files are read."""
