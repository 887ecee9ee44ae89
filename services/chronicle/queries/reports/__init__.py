"""The cadre-work report: its numbers and its text."""
