"""Events between processes: Kafka, the inbox of a consumer, dead letters, gaps, CloudEvents."""
