"""Questions about cadres: their files, training, and whole career."""
