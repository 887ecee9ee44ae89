"""Who is planned for which leadership title, in which term: lists, who enters and leaves them, yearly reviews."""
