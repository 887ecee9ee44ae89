"""Importers: files of other people's making become proposed facts; what is wrong is set aside with a reason."""
