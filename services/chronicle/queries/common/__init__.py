"""What all questions share: the shape of answers, counts, dimensions, search, and look-ups of a day."""
