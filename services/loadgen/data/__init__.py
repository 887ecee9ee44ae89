"""The measured shape of a national history."""
