"""Units and posts: what exists, what it is called, where it belongs, and what became of it."""
