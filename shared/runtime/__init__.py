"""Ways to carry facts from the logs to whoever follows them. Services know none of them."""
