"""The two ways to run all services: in one process (embedded) or as the processes of a cluster."""
