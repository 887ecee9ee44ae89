"""Generated histories: the same for the same seed, true for every decider, with all that they must contain."""
