"""The command line itself: how fast it starts, its words, its two languages, and what it says to wrong input."""
