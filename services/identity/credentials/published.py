"""Secrets that everybody knows, because the demonstration shows them on its pages. They open nothing elsewhere."""

PUBLISHED_PASSWORD = "so-can-bo-minh-hoa"
"""The password of the persons of the demonstration. Nobody can choose it."""
PUBLISHED_TOKEN = "cadre_minh-hoa-ai-cung-biet-khong-bao-mat"
"""What the program of the demonstration sends."""
