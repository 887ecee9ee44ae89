"""Counts over HTTP: what is counted, on which basis, as known when, and by which facts."""
