"""The instant that a `known at` parameter means to a ledger whose answers are final up to a watermark."""

from shared.core.partial_dates import Day, Instant, day_of, known_day, known_instant


class KnownInFuture(Exception):
    """What is known then cannot be said yet: facts may still be recorded before that instant."""

    def __init__(self, known_at: Instant, watermark: Instant) -> None:
        super().__init__(
            f"{known_at} is later than {watermark}, up to which answers are final; "
            "leave it out to ask what is known now"
        )
        self.known_at, self.watermark = known_at, watermark


def resolve_known_at(text: str, watermark: Instant, today: Day) -> Instant:
    """The watermark where the text is empty, or names today or the day of the watermark, which are not over yet; else
    the instant it names. Raises ValueError, and KnownInFuture for what is later than the watermark."""
    if not text:
        return watermark
    known_at, day = known_instant(text), known_day(text)
    if known_at <= watermark:
        return known_at
    if day is not None and day <= max(today, day_of(watermark) if watermark else today):
        return watermark
    raise KnownInFuture(known_at, watermark)
