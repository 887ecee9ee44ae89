"""What every HTTP service shares: problem details, routes of events, feeds, authentication, health."""
