"""A real PostgreSQL and a real Kafka broker for tests: at a given address, in containers, or as processes."""
