"""How sites exchange facts: bundles, receipts, and what they say of each other."""
