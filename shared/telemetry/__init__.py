"""Metrics, traces and structured logs of a process."""
