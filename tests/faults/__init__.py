"""Faults on purpose, in a cluster of real parts under load. Every test counts the faults it really met."""
