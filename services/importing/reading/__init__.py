"""Reads files made by people: what an encoding, a separator, a header, a cell and a date mean."""
