"""The rules of the registry: what is judged when a fact is recorded, and what of all sites' facts counts."""
