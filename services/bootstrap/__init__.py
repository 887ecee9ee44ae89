"""The registry of services, and what is put together from it: the HTTP application, the two runtimes, database roles."""
