"""What tests are written with. Only tests import it: it needs Hypothesis."""

from shared.testing.given import (
    NOW,
    Given,
    Knows,
    amend,
    as_known,
    history,
    in_bytes,
    moment,
    on,
    recorded,
    void,
)

__all__ = [
    "NOW",
    "Given",
    "Knows",
    "amend",
    "as_known",
    "history",
    "in_bytes",
    "moment",
    "on",
    "recorded",
    "void",
]
