"""What processes tell of themselves: numbers, readiness, logs, traces; and never about whom."""
