"""The doctor: proves that what must always hold does hold, on real data, without changing anything."""

from polygate.assembly.doctor.examination import Progress, checks, examine
from polygate.assembly.doctor.finding import Finding

__all__ = ["Finding", "Progress", "checks", "examine"]
