"""What holds for every service and every projection, checked on histories that nobody thought of."""
