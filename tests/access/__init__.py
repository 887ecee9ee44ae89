"""Who may read and record what: the policies, and that every answer keeps to them."""
