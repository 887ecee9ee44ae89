"""What sites send each other and what they make of what comes, whether by line or in a file."""
