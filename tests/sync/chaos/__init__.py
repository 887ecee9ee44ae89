"""Sites in networks of their own, with lines that fail, processes that are killed, restores and wrong clocks."""
