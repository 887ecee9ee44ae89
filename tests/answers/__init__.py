"""What answers and pages say, held against what is so."""
