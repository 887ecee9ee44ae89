"""Importers: files from other systems become proposed facts; lines that cannot be used are set aside with a reason."""
