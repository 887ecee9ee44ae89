"""The register of decision documents, and the rules that facts are checked against."""
