"""The accounts of the demonstration, and what becomes of their secrets elsewhere."""
