"""The registry of services, and what derives from it: the HTTP application, both runtimes, database roles."""
