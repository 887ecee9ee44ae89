"""Events between processes: Kafka, the inbox of a consumer, dead letters, gap filling."""
