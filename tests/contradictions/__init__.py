"""Facts that cannot all be true are refused, or shown as contradictions."""
