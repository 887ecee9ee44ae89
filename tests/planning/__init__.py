"""Planning: lists, entries, reviews, and what closes entries."""
