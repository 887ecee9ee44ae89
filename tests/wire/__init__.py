"""What is stored today is read for ever: bytes, defaults and enumerations that may never change."""
