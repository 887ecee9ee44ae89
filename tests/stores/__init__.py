"""Stores that lie or end: logs that were rolled back, damaged files, full disks, databases that are away."""
