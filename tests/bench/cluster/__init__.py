"""How fast a cluster is, each line against the bare tool below it: PostgreSQL, a producer, a Faust agent."""
