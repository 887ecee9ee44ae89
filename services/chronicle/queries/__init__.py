"""The questions the chronicle answers. Every one takes a day and an instant."""
