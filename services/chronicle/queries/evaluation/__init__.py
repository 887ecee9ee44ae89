"""Questions about grades, deep reviews and ballots."""
