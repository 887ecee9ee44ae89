"""Proof: laws over every service, examples of every rule, bytes that may never change."""
