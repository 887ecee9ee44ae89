"""Histories as earlier versions stored them: every later version computes the same rows from them."""
