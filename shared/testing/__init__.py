"""What tests are written with. Only tests import it: it needs Hypothesis."""

from shared.testing.given import NOW, Given, amend, as_known, history, in_bytes, moment, recorded, void

__all__ = ["NOW", "Given", "amend", "as_known", "history", "in_bytes", "moment", "recorded", "void"]
