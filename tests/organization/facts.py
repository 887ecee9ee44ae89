"""A ward and its chair, told by several tests."""

from services.organization.events import (
    DissolutionReason,
    Kind,
    PostAbolished,
    PostCreated,
    PostRevised,
    Role,
    UnitDissolved,
    UnitEstablished,
    UnitReclassified,
    UnitRenamed,
    UnitReparented,
)
from shared.testing import on

NEW_YEAR, MAY, REFORM, AUTUMN = on("2025-01-01"), on("2025-05-01"), on("2025-07-01"), on("2025-10-01")

ward = UnitEstablished(name="Phường Cốc Lếu", kind=Kind.WARD, effective_from=NEW_YEAR, parent="city")
renamed = UnitRenamed(name="Phường Lào Cai", effective_from=REFORM)
reparented = UnitReparented(parent="province", effective_from=REFORM)
reclassified = UnitReclassified(kind=Kind.COMMUNE, level="2", effective_from=REFORM)
dissolved = UnitDissolved(reason=DissolutionReason.MERGED, effective_from=AUTUMN)

chair = PostCreated(unit="ward", title="Chủ tịch", role=Role.HEAD, effective_from=NEW_YEAR)
revised = PostRevised(title="Chủ tịch UBND phường", role=Role.HEAD, effective_from=REFORM)
abolished = PostAbolished(reason="merger", effective_from=AUTUMN)
