"""Who signs in, with which roles and scope, and who looked at what."""
