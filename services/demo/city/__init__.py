"""The synthetic city of the demonstration: its units, posts, people and what happens to them."""
