"""The rules of evaluation: the grades, deep reviews and confidence votes of a cadre or collective. Pure functions."""
