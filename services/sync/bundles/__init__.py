"""Bundles: the one form in which sites exchange facts, as a file or as a message. Signed, sealed, read as a stream."""
