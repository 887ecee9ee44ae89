"""Accounts, roles, API tokens and sign-in of this installation. Its log never goes to another site."""
