"""How cadres and collectives were judged: grades, ballots, deep reviews."""
