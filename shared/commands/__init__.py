"""Handling proposed facts and running reactions to recorded ones."""
