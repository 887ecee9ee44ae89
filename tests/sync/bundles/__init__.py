"""The bundle as a file: what is written is read, and nothing else is."""
