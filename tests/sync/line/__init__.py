"""Exchange between sites over the line."""
