"""Questions about rotations, transfers and secondments."""
