"""Who holds which post, and by what act. The only owner of occupancy."""
