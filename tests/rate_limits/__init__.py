"""How often somebody may sign in, search and export."""
