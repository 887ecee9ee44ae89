"""What the rows show: examples of every fold, day by day."""
