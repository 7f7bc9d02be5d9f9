"""What people find of submissions, for tests of the store."""

from __future__ import annotations

from server.database.engine import writing
from server.publications.form_versions import FormCache
from server.submissions import review
from tests.support.deciding import HEAD
from tests.support.station import VILLAGE, Station


def sha_of(station: Station, xml_part: str, village: str = VILLAGE) -> str:
    """The sha256 of the submission in whose XML this stands."""
    (row,) = (row for row in station.rows("submissions", village_id=village) if xml_part in row["body"].decode())
    return str(row["sha256"])


def judge(station: Station, xml_part: str, state: str, reason: str = "", village: str = VILLAGE) -> str:
    """Somebody finds this of the submission in whose XML this stands; its sha256."""
    station.clock.forward(minutes=1)
    sha256 = sha_of(station, xml_part, village)
    zone, now = station.backend.settings.timezone, station.clock()
    with writing(station.engine) as connection:
        review.judge(connection, FormCache(), zone, village, sha256, state, reason, HEAD, now)
    return sha256
