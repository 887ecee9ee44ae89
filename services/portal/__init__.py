"""The page people look at, and nothing else: files of HTML, CSS and JavaScript served as they are."""
