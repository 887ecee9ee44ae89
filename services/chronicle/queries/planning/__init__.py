"""Questions about planning lists, their entries, their structure, and what they forecast."""
