"""The queries of the chronicle. Every one takes a day and an instant."""
