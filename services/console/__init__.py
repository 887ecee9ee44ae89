"""The command line: `cadre`."""
