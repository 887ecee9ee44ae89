"""Decisions to rotate, transfer, second: plans, moves, how each posting ended. Occupancy is appointment's answer."""
