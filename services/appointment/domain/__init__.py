"""The rules of appointment: the posts one cadre holds and has held, and contests for posts. Pure functions."""
