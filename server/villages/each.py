"""One village after the other: what goes wrong in one of them never stops the rest."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from server.database.errors import concerns_one_village, failure_name, is_of_the_server, without_rows

_log = logging.getLogger(__name__)
_log.addFilter(without_rows)


def each_village(village_ids: Iterable[str], do: Callable[[str], object]) -> dict[str, str]:
    """Does it for every village; those in which it failed, each with what failed. The log says more.

    Raises what is the server's fault, such as a lost connection: then it would fail in all of them. A village that
    somebody else holds locked for too long is one that fails.
    """
    failed = {}
    for village_id in village_ids:
        try:
            do(village_id)
        except Exception as error:
            if is_of_the_server(error) and not concerns_one_village(error):
                raise
            _log.exception("the village %s failed; the others go on", village_id)
            failed[village_id] = failure_name(error)
    return failed
