"""The rules of rotation: the moves of one cadre, and plans of moves. Pure functions."""
