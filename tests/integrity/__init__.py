"""Attacks that the product once did not stand, and inputs that it once read wrongly, each with its right answer."""
