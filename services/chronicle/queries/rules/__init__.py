"""Questions about rules, what they found, conflicts, and what falls due."""
