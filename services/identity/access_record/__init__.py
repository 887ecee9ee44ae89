"""The record of access: who looked at whose sensitive fields, took data out, was refused, opened in an emergency."""
