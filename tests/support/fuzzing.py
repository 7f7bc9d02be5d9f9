"""How many random examples a property test tries: few and the same in `make test`, many new ones in `make fuzz`."""

from __future__ import annotations

import os
import time

from hypothesis import HealthCheck, Phase, settings

TIMES = int(os.environ.get("FUZZ", "0"))


def how_many(usual: int) -> int:
    """So many examples; in `make fuzz`, which sets FUZZ, so many times as many."""
    return usual * max(1, TIMES)


def seed_of(name: str) -> str:
    """A seed that is the same in each run; in `make fuzz` a new one each run."""
    return f"{name} {time.time_ns()}" if TIMES else name


def bounded(usual: int) -> settings:
    """Settings for `usual` examples; in `make fuzz` for many times as many, new ones each run."""
    return settings(
        max_examples=how_many(usual),
        derandomize=not TIMES,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink) if TIMES else (Phase.generate,),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=bool(TIMES),
    )
