"""The services of Cadre Ledger, and above them the importers, the command line and the one place that puts all together."""
