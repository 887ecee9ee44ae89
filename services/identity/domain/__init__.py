"""The rules of accounts, roles and tokens. Pure functions."""
