"""How many random examples a property test tries: few and the same in `make test`, many new ones in `make fuzz`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings


def bounded(usual: int) -> settings:
    """Settings for `usual` examples; in `make fuzz`, which sets FUZZ, for so many times as many, new ones each run."""
    times = int(os.environ.get("FUZZ", "0"))
    return settings(
        max_examples=usual * max(1, times),
        derandomize=not times,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if times else (Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=bool(times),
    )
