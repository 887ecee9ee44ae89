"""Sign-in at an OpenID Connect provider that runs as a process of its own, and access tokens that it issues."""
