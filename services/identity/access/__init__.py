"""Signing in, finding who makes a request, and changing accounts, grants and tokens."""
