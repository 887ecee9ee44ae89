"""Facts that cannot all be true: one definition for each kind, over all days and as known at any instant."""
