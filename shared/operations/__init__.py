"""Running the ledger: settings, instrumentation of processes, the integrity check."""
