"""The kernel by itself: dates, text, timelines, logs, keys and the embedded runtime. Not a word about people."""
