"""How fast, against the raw limit measured in the same run: `python -m tests.bench`."""
