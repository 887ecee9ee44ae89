"""The papers behind the facts: the register of decision documents."""
