"""The cluster with its real parts: PostgreSQL, a Kafka broker, and our processes."""
