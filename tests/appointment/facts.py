"""A cadre's life in a few facts, told by several tests."""

from services.appointment.events import Appointed, EndReason, Holding, Reinstated, Suspended, TenureEnded
from shared.testing import on

MAY, JUNE, JULY = on("2025-05-01"), on("2025-06-01"), on("2025-07-01")
IN_FIVE_YEARS = on("2030-05-01")

chair = Appointed(tenure="t1", post="chair", effective_from=MAY, term_months=60)
secretary = Appointed(tenure="t2", post="secretary", effective_from=JUNE)
beside = Appointed(tenure="t3", post="trustee", effective_from=JUNE, holding=Holding.CONCURRENT)
left = TenureEnded(tenure="t1", effective_from=JULY, reason=EndReason.MOVED)
suspended = Suspended(tenure="t1", effective_from=JUNE, reason="under inspection")
reinstated = Reinstated(tenure="t1", effective_from=JULY)
