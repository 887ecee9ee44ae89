"""A cluster as a site of the tree."""
