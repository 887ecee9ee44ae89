"""The read side: who led what, where and when, as it was known at any moment."""
