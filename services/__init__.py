"""The services of Cadre Ledger, above them the importers, the command line and their composition."""
