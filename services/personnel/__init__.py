"""Cadres as persons on file. Personal fields live here only, each cadre's under a key of their own."""
