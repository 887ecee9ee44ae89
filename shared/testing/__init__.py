"""What tests are written with. Only tests import it: it needs Hypothesis."""

from shared.testing.given import (
    NOW,
    FakeReadModel,
    Given,
    amend,
    as_known,
    history,
    in_bytes,
    moment,
    on,
    recorded,
    rejects,
    void,
)

__all__ = [
    "NOW",
    "FakeReadModel",
    "Given",
    "amend",
    "as_known",
    "history",
    "in_bytes",
    "moment",
    "on",
    "recorded",
    "rejects",
    "void",
]
