"""Questions about decision documents and what rests on them."""
