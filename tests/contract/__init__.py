"""What others rely on: the contract of the events, and what may never change about it."""
