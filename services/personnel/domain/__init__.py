"""The rules of personnel: what can be true of a cadre's file. Pure functions."""
