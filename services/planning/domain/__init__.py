"""The rules of planning: who is on a list for which title, and what its yearly reviews count. Pure functions."""
