"""The web server of a ledger on a laptop, and what a request may say."""
