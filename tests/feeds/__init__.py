"""Other people reading along: pages, live, in one process and in a cluster."""
