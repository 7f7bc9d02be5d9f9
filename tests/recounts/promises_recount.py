"""What became of the households that a promise names, counted a second time from the sentences of the documentation.

"Who lacked a service is read from the last quarter before the meeting; of households that were not counted then, from
the meeting's own quarter. Who receives it now is read from the latest quarter in which that home was visited." Not
counted then: no service of the promise was due to anybody in it.

Where no household is named: "each mother and child of the village, or of the hamlet, who lacked a service then; who
receives it now is read from the latest quarter since that is over and in which they were visited, of a promise that is
not older than the last quarter that is over from the running one too; at most as many as it was to reach."
"""

from datetime import date

from tests.recounts.looks import Period
from tests.recounts.recount import looks, paud_looks, results
from tests.support.facts import Village

Quarter = tuple[int, int]


def _quarter(day: date) -> Quarter:
    return day.year, (day.month + 2) // 3


def _after(quarter: Quarter) -> Quarter:
    year, number = quarter
    return (year, number + 1) if number < 4 else (year + 1, 1)


def _before(quarter: Quarter) -> Quarter:
    year, number = quarter
    return (year, number - 1) if number > 1 else (year - 1, 4)


def _found(village: Village, quarter: Quarter, today: date, codes: set[str]) -> dict[str, list[tuple[str, bool]]]:
    """By household, each Y or T of these services in the quarter, and whether that person was visited in it."""
    period = Period(*quarter, today)
    everybody = [*looks(village, [*village.mothers, *village.children], period), *paud_looks(village, period)]
    found: dict[str, list[tuple[str, bool]]] = {}
    for look in everybody:
        for code, result in results(look).items():
            if code in codes and result != "TS":
                found.setdefault(look.target.household, []).append((result, bool(look.visits_in_quarter)))
    return found


def recount_homes(village: Village, named: list[str], codes: set[str], agreed_on: date, today: date) -> dict[str, str]:
    """Household -> closed, open, had, not_due."""
    own, now = _quarter(agreed_on), _quarter(today)
    quarters = [_before(own)]
    while quarters[-1] < now:
        quarters.append(_after(quarters[-1]))
    found = {quarter: _found(village, quarter, today, codes) for quarter in quarters}
    return {home: _state([found[quarter].get(home, []) for quarter in quarters]) for home in named}


def _state(quarters: list[list[tuple[str, bool]]]) -> str:
    counted = next((one for one in quarters[:2] if one), [])
    if not counted:
        return "not_due"
    if all(result == "Y" for result, _ in counted):
        return "had"
    visited = [[result for result, seen in one if seen] for one in quarters]
    last = next((one for one in reversed(visited) if one), ["T"])
    return "closed" if all(result == "Y" for result in last) else "open"


def recount_people(
    village: Village, codes: set[str], dusun: str, wanted: int | None, agreed_on: date, today: date
) -> tuple[int, int]:
    """Of a promise without households: how many lacked a service, counted for each service, and receive it."""
    own, over = _quarter(agreed_on), _before(_quarter(today))
    then = next((one for one in (_before(own), own) if _each(village, one, today, codes, dusun)), own)
    now = over if then < over else _quarter(today)
    lacked = {who for who, (result, _) in _each(village, then, today, codes, dusun).items() if result == "T"}
    had: set[tuple[str, str]] = set()
    quarter = _after(then)
    while quarter <= now:
        for who, (result, visited) in _each(village, quarter, today, codes, "").items():
            if visited:
                had = had | {who} if result == "Y" else had - {who}
        quarter = _after(quarter)
    most = len(lacked) if wanted is None else min(wanted, len(lacked))
    return most, min(most, len(lacked & had))


def _each(
    village: Village, quarter: Quarter, today: date, codes: set[str], dusun: str
) -> dict[tuple[str, str], tuple[str, bool]]:
    """By person and service due to them: Y or T in the quarter, and whether they were visited in it."""
    period = Period(*quarter, today)
    everybody = [*looks(village, [*village.mothers, *village.children], period), *paud_looks(village, period)]
    return {
        (look.target.id, code): (result, bool(look.visits_in_quarter))
        for look in everybody
        if not dusun or look.target.dusun == dusun
        for code, result in results(look).items()
        if code in codes and result != "TS"
    }
