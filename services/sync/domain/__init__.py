"""What may be stated about an exchange, and what follows from all that was stated: delivered, complete, silent."""
