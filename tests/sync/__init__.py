"""The exchange of facts between sites."""
