"""Rotation: plans, moves, and how postings end."""
