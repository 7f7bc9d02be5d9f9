"""Formulir 4 counted a second time, in plain Python, straight from the sentences of the rules.

It shares nothing with the program: no SQL, no forms, no workbook, its own calendar. Above each rule stands the
sentence that it follows, so this file reads as a second specification.

Where the sentences are silent, this recount decides:
- "Latest answer" of a field is the latest visit (`tanggal` <= D, ties: received later) that answered it, not blank.
- Closed means any `status` other than `aktif` (so `selesai` too) with a `tanggal_status`; without a date it is not
  known when, and the target stays. Of several reasons to leave the earliest counts. A mother with no `hpl`, birth
  or closing never leaves; neither does a child without a birth date.
- A birth on the 29th-31st completes its month on the 1st where a month is too short for that day. The child of
  29 February 2024 is 24 months old on 1 March 2026.
- The birth date is that of the register as it is now; older visits may have reported another.
- "Registered by the month's last day" is taken by the letter: also after today in a running month, and also after
  the leaving day, if both are in one month.
- A target not visited in the quarter is T for whatever is due, even where the register, an older visit or a
  measurement by a nakes would say yes. Visited means a `kunjungan_rumah` row in the quarter up to D, in whatever
  month of it, also before registration.
- A window of ">= 1 month" counts any month of it with a row up to D, also before registration. Two months are asked
  from week 28 on, even of a mother who is active in only one of them. Fathers are counted in such a window too.
- ih3's largest answer is over all rows up to D. a1 has no answer in the register. An unknown gestation or age fails
  every comparison. A blank status is neither KEK/risti nor malnourished.
- KEK/risti in table 1 also counts women who have delivered, as the total does.
- A blank household is none; a household id that the register does not have counts as a household with unknown
  water and latrine. Rows of targets that are not in the register count nowhere.
- `as_of` is the quarter's last day or today, the earlier. A quarter that has not begun has no months, hence no
  active targets.
- Table 3 stands in the order ih1..ih8, a1..a10, p1.
- p1: "registered" is for PAUD the later of the registration and the day on which 24 months are completed; nobody is a
  target who was closed before that day, or whose birth date is unknown. Every active month needs a row with
  `ikut_paud` = yes, so that who was never monitored in the quarter is T without a further rule.
- Table 5: the latest row of an activity that says something, state and spending each for itself; an activity that no
  quarterly meeting spoke of is neither called off nor was anything spent on it. An activity agreed twice counts twice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from tests.recounts.looks import Look, Period, active_months, day_d, month_of, paud_stay
from tests.support.facts import Child, Household, Measurement, Mother, Village, Visit

SECTORS = {
    "kesehatan": {"ih1", "ih2", "a2", "a3", "ih3", "a1"},
    "paud": {"a10"},  # p1 aside
    "gizi": {"ih4", "a4", "ih5", "a5"},
    "air": {"ih6", "a6", "ih7", "a7"},
    "sosial": {"a8", "ih8", "a9"},
}


# -- the rules: code -> (due when, received when) ----------------------------------------------------------------------

Condition = Callable[[Look], bool]


def always(_: Look) -> bool:
    return True


def status_is_yes(field: str, register: str) -> Condition:
    """The status is yes (answer of the visit, else of the register)."""
    return lambda look: look.latest(field, getattr(look.target, register)) == "ya"


def house_is_yes(field: str, register: str) -> Condition:
    """The status is yes (answer of the visit, else of the household)."""
    return lambda look: look.latest(field, getattr(look.house, register)) == "ya"


def not_yet_delivered(look: Look) -> bool:
    return not look.delivered


MOTHER_RULES: dict[str, tuple[Condition, Condition]] = {
    # ih1 | not yet delivered | check-ups in >= 1 month of the quarter, >= 2 from week 28 on
    "ih1": (not_yet_delivered, lambda look: len(look.months_with("periksa_kehamilan")) >= look.months_asked),
    # ih2 | not yet delivered | in >= 1 month
    "ih2": (not_yet_delivered, lambda look: len(look.months_with("pil_fe")) >= 1),
    # ih3 | delivered | `periksa_nifas` is the number of visits so far: the largest answer is >= 3
    "ih3": (
        lambda look: look.delivered,
        lambda look: max((int(visit.answers.get("periksa_nifas") or 0) for visit in look.visits), default=0) >= 3,
    ),
    # ih4 | not yet delivered | in >= 1 month of the quarter, >= 2 from week 28 on
    "ih4": (not_yet_delivered, lambda look: len(look.months_with("konseling_gizi_ibu")) >= look.months_asked),
    # ih5 | not yet delivered and KEK/risti | every month
    "ih5": (lambda look: not look.delivered and look.risky, lambda look: look.every_month("kunjungan_bidan")),
    # ih6 ih7 ih8 | always | the status is yes (ih6, ih7: answer of the visit, else of the household)
    "ih6": (always, house_is_yes("air_minum", "air_minum")),
    "ih7": (always, house_is_yes("jamban", "jamban")),
    "ih8": (always, status_is_yes("jaminan_kesehatan", "jaminan_kesehatan")),
}

CHILD_RULES: dict[str, tuple[Condition, Condition]] = {
    # a1 | age >= 6 months | the latest answer is yes
    "a1": (lambda look: look.aged(6), lambda look: look.latest("imunisasi_dasar") == "ya"),
    # a2 | age >= 1 month | every month
    "a2": (lambda look: look.aged(1), lambda look: look.every_month("timbang")),
    # a3 | age >= 3 months | >= 1 in the current half-year
    "a3": (lambda look: look.aged(3), lambda look: look.measured_by_staff),
    # a4 a10 | a4 always, a10 age >= 6 months | every month (a4: father or mother)
    "a4": (always, lambda look: look.every_month("konseling_ayah", "konseling_ibu")),
    # a5 | status_gizi is kurang, buruk or stunting | every month
    "a5": (lambda look: look.malnourished, lambda look: look.every_month("kunjungan_terpadu")),
    # a6 a7 a8 a9 | always | the status is yes (a6, a7 as ih6, ih7)
    "a6": (always, house_is_yes("air_minum_anak", "air_minum")),
    "a7": (always, house_is_yes("jamban_anak", "jamban")),
    "a8": (always, status_is_yes("akta_lahir", "akta_lahir")),
    "a9": (always, status_is_yes("jaminan_kesehatan_anak", "jaminan_kesehatan")),
    "a10": (lambda look: look.aged(6), lambda look: look.every_month("pengasuhan")),
}


# p1 | child of 24-72 months in the register | every month
PAUD_RULES: dict[str, tuple[Condition, Condition]] = {
    "p1": (lambda look: look.aged(24), lambda look: look.every_month("ikut_paud")),
}


def results(look: Look) -> dict[str, str]:
    """For each active target and indicator the result is Y (received), T (due, not received) or TS (not due).
    Active targets never visited in the quarter count as T for whatever is due."""
    rules = MOTHER_RULES if isinstance(look.target, Mother) else PAUD_RULES if look.is_paud else CHILD_RULES
    found = {}
    for code, (due, received) in rules.items():
        if not due(look):
            found[code] = "TS"
        else:
            found[code] = "Y" if look.visits_in_quarter and received(look) else "T"
    return found


Results = tuple[Look, dict[str, str]]
_Row = TypeVar("_Row", Visit, Measurement)


# -- the card ----------------------------------------------------------------------------------------------------------


def percent(received: int, due: int) -> str | None:
    """100 * received / due to one decimal, half up; due = 0 shows none."""
    if due == 0:
        return None
    tenths = (2000 * received + due) // (2 * due)
    return f"{tenths // 10}.{tenths % 10}"


def share(received: int, due: int) -> dict[str, Any]:
    return {"received": received, "due": due, "percent": percent(received, due)}


def looks(village: Village, targets: Iterable[Mother | Child], period: Period) -> list[Look]:
    """Every target that is active in at least one month of the quarter, on its day D."""
    houses = {house.id: house for house in village.households}
    visited, measured = defaultdict[tuple[str, str], list[Visit]](list), defaultdict[str, list[Measurement]](list)
    for visit in village.visits:
        visited[visit.kind, visit.target].append(visit)
    for measurement in village.measurements:
        measured[measurement.child].append(measurement)
    found = []
    for target in targets:
        months, day = active_months(target, period), day_d(target, period)
        if months:
            is_mother = isinstance(target, Mother)
            house = houses.get(target.household, Household(target.household, ""))
            visits = _up_to(day, visited["ibu_hamil" if is_mother else "anak", target.id])
            measurements = [] if is_mother else _up_to(day, measured[target.id])
            found.append(Look(target, house, period, day, months, visits, measurements))
    return found


def _up_to(day: date, rows: Iterable[_Row]) -> list[_Row]:
    """Only rows with `tanggal` up to D count; the later one wins (the later received one where they are equal)."""
    return sorted((row for row in rows if row.tanggal <= day), key=lambda row: (row.tanggal, row.order))


def paud_looks(village: Village, period: Period) -> list[Look]:
    """Every child that is at the age of PAUD in at least one month of the quarter, on its day D."""
    found = []
    for child in village.children:
        time = paud_stay(child)
        months = time.months(period) if time else []
        if not time or not months:
            continue
        day = time.day_d(period)
        rows = [row for row in village.follow_ups if row.target == child.id and row.tanggal <= day]
        house = Household(child.household, "")
        found.append(Look(child, house, period, day, months, rows, [], is_paud=True))
    return found


def table3(mothers: list[Results], children: list[Results], paud: list[Results]) -> list[dict[str, Any]]:
    """Each indicator: number received, number due, percent (a4 also: the number of due children whose
    father came in at least one month)."""
    rows = []
    for rules, group in ((MOTHER_RULES, mothers), (CHILD_RULES, children), (PAUD_RULES, paud)):
        for code in rules:
            got = [found[code] for _, found in group]
            rows.append({"code": code, **share(got.count("Y"), got.count("Y") + got.count("T"))})
            if code == "a4":
                rows[-1]["fathers"] = sum(bool(look.months_with("konseling_ayah")) for look, _ in group)
    return rows


def table4(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum received / sum due for pregnant women, for children 0-23 months, and together; p1 is in table 3 only."""

    def level(codes: set[str]) -> dict[str, Any]:
        picked = [row for row in rows if row["code"] in codes]
        return share(sum(row["received"] for row in picked), sum(row["due"] for row in picked))

    return {
        "pregnant": level(set(MOTHER_RULES)),
        "children": level(set(CHILD_RULES)),
        "total": level(set(MOTHER_RULES) | set(CHILD_RULES)),
    }


FIELDS = ("pembangunan", "pemberdayaan")


def money(total: int, stunting: int, spent: int) -> dict[str, Any]:
    return {
        "allocated_total": total,
        "allocated_stunting": stunting,
        "percent": percent(stunting, total),
        "spent": spent,
    }


def table5_fields(village: Village, period: Period) -> dict[str, dict[str, Any]]:
    """The two rows of table 5, by bidang. Counted are activities whose meeting has `tahun` = the quarter's year and
    `tanggal` <= D, paid from Dana Desa, and whose latest row of the quarterly meetings up to D does not say that they
    are called off. The total of a bidang is what the latest of these meetings said that says it; at least what its
    activities cost together."""
    told = sorted(
        ((review.tanggal, review.order, one) for review in village.reviews for one in review.progress),
        key=lambda row: row[:2],
    )
    state: dict[str, str] = {}
    spent: dict[str, int] = {}
    for day, _, one in told:
        if day <= period.as_of:
            state |= {one.activity: one.keadaan} if one.keadaan else {}
            spent |= {one.activity: one.realisasi} if one.realisasi is not None else {}
    meetings = sorted(
        (one for one in village.agreements if one.tahun == period.year and one.tanggal <= period.as_of),
        key=lambda one: (one.tanggal, one.order),
    )
    said: dict[str, int] = {}
    for meeting in meetings:
        said |= meeting.totals
    rows = {}
    for bidang in FIELDS:
        counted = [
            activity
            for meeting in meetings
            for activity in meeting.activities
            if activity.bidang == bidang and activity.sumber_dana == "dana_desa" and state.get(activity.id) != "batal"
        ]
        rows[bidang] = money(
            max(said.get(bidang, 0), sum(activity.anggaran_total for activity in counted)),
            sum(activity.anggaran_stunting for activity in counted),
            sum(spent.get(activity.id, 0) for activity in counted),
        )
    return rows


def table5(village: Village, period: Period) -> dict[str, Any]:
    """Both rows together."""
    rows = table5_fields(village, period).values()
    names = ("allocated_total", "allocated_stunting", "spent")
    return money(*(sum(row[name] for row in rows) for name in names))


def missed_by_household(active: list[Results]) -> dict[str, set[str]]:
    """The codes with a T in each household that has at least one active mother or child."""
    missed: dict[str, set[str]] = {}
    for look, found in active:
        if look.target.household:
            codes = {code for code, result in found.items() if result == "T"}
            missed.setdefault(look.target.household, set()).update(codes)
    return missed


def convergence(missed: dict[str, set[str]]) -> dict[str, Any]:
    """Complete: no active target of the household has a T. Sectors: the number of the five in which something is due
    and nothing due is T, plus those in which nothing is due (so 5 = converged): the sectors without a T."""
    reached = [sum(not codes & sector for sector in SECTORS.values()) for codes in missed.values()]
    complete = sum(not codes for codes in missed.values())
    return {
        "complete": {"households": len(missed), "complete": complete, "percent": percent(complete, len(missed))},
        "sectors": {str(number): reached.count(number) for number in range(6)},
    }


def recount(village: Village, year: int, quarter: int, today: date) -> dict[str, Any]:
    """The scorecard of a village's quarter as seen on `today`, in the shape of the public JSON."""
    period = Period(year, quarter, today)
    mothers = looks(village, village.mothers, period)
    children = looks(village, village.children, period)
    paud = paud_looks(village, period)
    found = [[(look, results(look)) for look in group] for group in (mothers, children, paud)]
    missed = missed_by_household(found[0] + found[1])
    colours = [look.colour for look in children]
    rows = table3(*found)
    return {
        "village": {"code": village.code, "name": village.name},
        "period": f"{year}-Q{quarter}",
        "card": "Formulir 4 (2018)",
        "as_of": period.as_of.isoformat(),
        "table1": {
            "households": len(missed),
            "pregnant": {"total": len(mothers), "kek_risti": sum(look.risky for look in mothers)},
            "children": {"total": len(children), "malnourished": sum(look.malnourished for look in children)},
        },
        "table2": {"children": len(children)}
        | {colour: colours.count(colour) for colour in ("green", "yellow", "red", "not_measured")},
        "table3": rows,
        "table4": table4(rows),
        "table5": table5(village, period),
        "table5_fields": table5_fields(village, period),
        **convergence(missed),
        "not_monitored": {
            "pregnant": sum(not look.visits_in_quarter for look in mothers),
            "children": sum(not look.visits_in_quarter for look in children),
        },
        **({"this_month": this_month(mothers, children, period)} if period.as_of < period.last else {}),
    }


def this_month(mothers: list[Look], children: list[Look], period: Period) -> dict[str, dict[str, int]]:
    """Of those who are active in the current month, how many have a `kunjungan_rumah` row in it up to D."""
    month = month_of(period.as_of)
    groups = (("pregnant", mothers), ("children", children))
    active = {name: [one for one in those if month in active_months(one.target, period)] for name, those in groups}
    return {
        name: {
            "targets": len(those),
            "monitored": sum(any(month_of(row.tanggal) == month for row in one.visits_in_quarter) for one in those),
        }
        for name, those in active.items()
    }
