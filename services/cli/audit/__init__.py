"""`cadre audit …`: seal, export, prove, replay; what was known when; erase."""
