"""Sign-in at an OpenID Connect provider, and the provider's signing keys."""
