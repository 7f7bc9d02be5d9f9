"""The work list counted a second time, in plain Python, from what phones sent and from the sentences of the rules.

It shares nothing with the program: no forms, no register, no SQL. Above each rule stands the sentence that it follows.

Where the sentences are silent, this recount decides:
- Of two answers to one question the one of the later `tanggal` counts; of two of one day, the one whose form was
  finished later. An answer left blank on purpose counts as one; a question that was not asked says nothing.
- Whoever is closed, for whatever reason and since whatever day, is off the list at once.
- A visit that says that somebody leaves is a visit too, at which nothing was missing.
- A sign is "newer than the last visit" if its evidence is of that day or later: at the visit itself it is found, and
  can only then be acted on.
- What was missing is told in the order in which the form asks; the same thing to do for two signs is told once.
- Something to do because of a sign that presses nobody counts as a missing service does: "5".
- "Not weighed last month" is asked of children who were on the list last month and one month old by its end, and not
  weighed since it began.
- A red Tikar keeps its to-do, whatever visits come, until its length is measured on a later day or a visit of that day
  or later says that the child was referred: by the latest colour and the latest referral that are known.
- A pregnancy is past 42 weeks from the 15th day after `hpl` on, while no birth is known. That is told by the day, and
  its to-do also stays whatever visits come.
- A list of one month does not look into the next: forms dated after today's month are not foreseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from tests.recounts.early_recount import Measured, growth_signs
from tests.recounts.looks import completed_months, first_day, first_day_of_age, following, last_day, month_of

Kind = Literal["ibu_hamil", "anak"]

# What to do about each sign, the most pressing first; which of them stay whatever visits come; and which mean that
# growth is lower than it should be.
TODO = {
    "lewat_waktu": "lewat 42 minggu: catat kelahirannya atau rujuk ke bidan",
    "tikar_merah": "Tikar merah: ukur ulang dan rujuk ke Puskesmas",
    "bbpb_rendah": "ukur ulang dan rujuk ke Puskesmas",
    "bbu_rendah": "ukur ulang dan rujuk ke Puskesmas",
    "pbu_rendah": "ukur ulang dan rujuk ke Puskesmas",
    "bb_kurang_naik": "timbang ulang di Posyandu",
    "bb_tidak_naik": "timbang ulang di Posyandu",
    "pb_kurang_naik": "ukur ulang panjang di Posyandu",
    "bbu_tinggi": "timbang dan ukur ulang di Posyandu",
    "pbu_tinggi": "ukur ulang panjang di Posyandu",
    "belum_ditimbang": "timbang bulan ini",
}
LASTING = {"lewat_waktu", "tikar_merah"}
FALTERING = {"bbpb_rendah", "bbu_rendah", "pbu_rendah", "bb_kurang_naik", "bb_tidak_naik", "pb_kurang_naik"}
MARKS = {"1": "■", "2": "▲", "3": "◆", "4": "●", "5": "●", "7": "○"}


# -- what phones sent --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """A mother or child as first registered; `says`: properties of the register. `weight` and `length`: at birth."""

    id: str
    kind: Kind
    name: str
    says: Mapping[str, str]
    weight: float | None = None
    length: float | None = None


@dataclass(frozen=True)
class Row:
    """A form that `village`'s phone sent, about a day; `finished`: when it was done on the phone."""

    tanggal: date
    finished: datetime
    village: str

    @property
    def order_key(self) -> tuple[date, datetime]:
        return self.tanggal, self.finished


@dataclass(frozen=True)
class SocialMap(Row):
    household: str
    dusun: str
    people: tuple[Person, ...]


@dataclass(frozen=True)
class HomeVisit(Row):
    """`missing`: in the form's words. `weighed`: "ya", "tidak" or "". `baby`: whose birth is told."""

    target: str
    kind: Kind
    says: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    weighed: str = ""
    weight: float | None = None
    baby: Person | None = None


@dataclass(frozen=True)
class HeightCheck(Row):
    target: str
    length: float | None
    position: str | None = None
    weight: float | None = None
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PaudRow(Row):
    target: str
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Move(Row):
    """No form, but what an admin decides: from `tanggal` on they live in the village `to`, and its list goes on."""

    target: str
    to: str
    dusun: str


# -- the list ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A mother or child on the list; `visited`: this month, where a home visit is asked for."""

    id: str
    kind: Kind
    name: str
    dusun: str
    prioritas: str
    perlu: str
    signs: tuple[tuple[str, str], ...] = ()
    visited: bool = False

    @property
    def label(self) -> str:
        """On the phone's list: ■ 1, ▲ 2, ◆ 3, ● 4 and 5, ✓ where nothing is to be done, ○ for 7; then who, where."""
        mark = "✓" if not self.perlu else MARKS[self.prioritas]
        return f"{mark} {self.name}" + (f" · {self.dusun}" if self.dusun else "")


def worklist(rows: Iterable[Row], village: str, today: date) -> list[Line]:
    """Who is on the village's list in the month of `today`."""
    return listed(_people(list(rows)), village, today)


def listed(people: Iterable[Known], village: str, today: date) -> list[Line]:
    """Those of the people who are on the village's list: the neediest first, then by name; who is done, last."""
    here = [one for one in people if one.village == village]
    lines = [line for one in here if (line := _line(one, today)) is not None]
    return sorted(lines, key=lambda line: (not line.perlu, line.prioritas, line.name.casefold(), line.id))


@dataclass(frozen=True)
class Known:
    """All that is known of a person: properties as they are now, the rows about them and their measures in order."""

    id: str
    kind: Kind
    name: str
    village: str
    registered_on: date
    says: Mapping[str, str]
    rows: tuple[Row, ...]
    measures: tuple[Measured, ...]

    def day(self, name: str) -> date | None:
        told = self.says.get(name)
        return date.fromisoformat(told) if told else None


def _people(told: list[Row]) -> Iterable[Known]:
    for row in told:
        for person in registered(row):
            about = sorted(
                (one for one in told if getattr(one, "target", None) == person.id), key=lambda one: one.order_key
            )
            home = _village(row, about, told)
            yield Known(
                person.id,
                person.kind,
                person.name,
                home,
                row.tanggal,
                _properties(row, person, [one for one in about if not _gone(one, home)], _dusun_with_mother(row, told)),
                tuple(about),
                tuple(_measures(row, person, about)),
            )


def registered(row: Row) -> tuple[Person, ...]:
    """Whom the row brings onto the list."""
    if isinstance(row, SocialMap):
        return row.people
    return (row.baby,) if isinstance(row, HomeVisit) and row.baby is not None else ()


def _village(registered: Row, about: list[Row], told: list[Row]) -> str:
    """Where they are at home now: what was decided last. A newborn is with its mother, who may have moved before the
    form that tells of the birth came in; `told` is in the order in which things came in."""
    about = [*_mothers_moves(registered, told), *about]
    moves = sorted((one for one in about if isinstance(one, Move)), key=lambda one: one.finished)
    return moves[-1].to if moves else registered.village


def _mothers_moves(registered: Row, told: list[Row]) -> list[Move]:
    if not isinstance(registered, HomeVisit):
        return []
    before = told[: told.index(registered)]
    return [one for one in before if isinstance(one, Move) and one.target == registered.target]


def _dusun_with_mother(registered: Row, told: list[Row]) -> dict[str, str]:
    """A newborn lives in the dusun to which its mother had moved before the form came in; nothing where the phone
    learned of her only there."""
    found, been = dict[str, str](), set[str]()
    for move in sorted(_mothers_moves(registered, told), key=lambda one: one.finished):
        been.add(move.village)
        learned_there = move.to == registered.village and move.to not in been
        found = {} if learned_there else {"dusun": move.dusun}
    return found


def says_gone(says: Mapping[str, str], village: str, home: str) -> bool:
    """That somebody has left the village, said by its phone of who lives in another one now, is known, however late it
    is said: it closes nobody's list, and is no visit."""
    return village != home and says.get("status") == "pindah"


def _gone(row: Row, home: str) -> bool:
    return isinstance(row, HomeVisit) and says_gone(row.says, row.village, home)


def _properties(registered: Row, person: Person, about: list[Row], lives: Mapping[str, str]) -> dict[str, str]:
    """Each property takes the value of the latest answer: the later `tanggal`, on one day the later finished one."""
    found: dict[str, str] = {}
    for row in sorted([registered, *about], key=lambda one: one.order_key):
        if row is registered:
            found |= {**person.says, **lives}
        elif isinstance(row, Move):
            found |= {"dusun": row.dusun}
            # Somebody whom a form said to have left the village goes on in the other one.
            found |= {"status": "aktif"} if found.get("status") == "pindah" else {}
        elif isinstance(row, HomeVisit | HeightCheck | PaudRow):
            found |= row.says
    return found


def _measures(registered: Row, person: Person, about: list[Row]) -> Iterable[Measured]:
    """What was measured, as it was noted; at birth, noted with the birth."""
    for row in sorted([registered, *about], key=lambda one: one.order_key):
        if row is registered and (person.weight is not None or person.length is not None):
            yield Measured(date.fromisoformat(person.says["tanggal_lahir"]), person.weight, person.length)
        if isinstance(row, HeightCheck):
            yield Measured(row.tanggal, row.weight, row.length, row.position)
        if isinstance(row, HomeVisit) and row.kind == "anak":
            yield Measured(row.tanggal, row.weight)


# -- one line ----------------------------------------------------------------------------------------------------------


def _line(known: Known, today: date) -> Line | None:
    """None for who has left: the list of a month is the same on each of its days."""
    first = first_day(month_of(today))
    if known.says.get("status", "aktif") not in ("aktif", ""):
        return None
    leaves = _leaves_on(known)
    if leaves is not None and leaves <= first:
        return _paud_line(known, first) if known.kind == "anak" else None
    of_month = (row for row in known.rows if month_of(row.tanggal) == month_of(today))
    visits = [row for row in of_month if isinstance(row, HomeVisit) and not _gone(row, known.village)]
    signs = _signs(known, first) if known.kind == "anak" else _overdue(known, today)
    todo = [_missing(visits)] if visits else ["belum dikunjungi bulan ini"]
    # Then, for each sign newer than the last visit (or while not visited this month), its short to-do.
    todo += [TODO[code] for code, day in signs.items() if code in LASTING or not visits or day >= visits[-1].tanggal]
    if TODO["pbu_rendah"] in todo and TODO["tikar_merah"] in todo:  # the same, not said twice
        todo.remove(TODO["tikar_merah"])
    perlu = "; ".join(dict.fromkeys(filter(None, todo)))
    prioritas = _priority(known.says, signs, bool(visits), bool(perlu))
    return _as_line(known, prioritas, perlu, signs, bool(visits))


def _paud_line(known: Known, first: date) -> Line | None:
    """7 = a child of 24-71 completed months. "pantau PAUD bulan ini" until a pantau_paud of this month came."""
    six = _completed(known, 72)
    if six is not None and six <= first:
        return None
    followed = any(isinstance(row, PaudRow) and month_of(row.tanggal) == month_of(first) for row in known.rows)
    return _as_line(known, "7", "" if followed else "pantau PAUD bulan ini", {}, False)


def _as_line(known: Known, prioritas: str, perlu: str, signs: Mapping[str, date], visited: bool) -> Line:
    told = tuple((code, str(day)) for code, day in signs.items())
    return Line(known.id, known.kind, known.name, known.says.get("dusun", ""), prioritas, perlu, told, visited)


def _leaves_on(known: Known) -> date | None:
    """For a mother, 42 days after the birth (42 days after `hpl` while no birth is known); for a child, the first day
    on which its completed months are 24."""
    if known.kind == "anak":
        return _completed(known, 24)
    birth = known.day("tanggal_melahirkan") or known.day("hpl")
    return birth + timedelta(days=42) if birth else None


def _completed(known: Known, months: int) -> date | None:
    born = known.day("tanggal_lahir")
    return first_day_of_age(born, months) if born else None


def _missing(visits: list[HomeVisit]) -> str:
    """What was missing in all visits of the month."""
    return ", ".join(word for word in visits[-1].missing if all(word in visit.missing for visit in visits))


def _signs(known: Known, first: date) -> dict[str, date]:
    """The signs that stand, with the day of their evidence; of "not weighed last month" the first day of that month."""
    birth = known.day("tanggal_lahir")
    found = {**_red(known), **growth_signs(known.measures, known.says.get("jenis_kelamin", ""), birth)}
    before = following(month_of(first), -1)
    month_old = birth is not None and completed_months(birth, last_day(before)) >= 1
    due = month_old and known.registered_on <= last_day(before)
    if due and not any(row.tanggal >= first_day(before) and _weighed(row) for row in known.rows):
        found["belum_ditimbang"] = first_day(before)
    return found


def _red(known: Known) -> dict[str, date]:
    if known.says.get("tikar") != "merah":
        return {}
    checks = [row for row in known.rows if isinstance(row, HeightCheck) and "tikar" in row.says]
    if not checks:
        return {}
    seen = max(checks, key=lambda row: row.order_key).tanggal
    again = any(isinstance(row, HeightCheck) and row.length is not None and row.tanggal > seen for row in known.rows)
    referred = known.day("tanggal_rujuk")
    return {} if again or (referred is not None and referred >= seen) else {"tikar_merah": seen}


def _overdue(known: Known, today: date) -> dict[str, date]:
    due = known.day("hpl")
    if due is None or known.day("tanggal_melahirkan") is not None or today <= due + timedelta(days=14):
        return {}
    return {"lewat_waktu": due + timedelta(days=14)}


def _weighed(row: Row) -> bool:
    if isinstance(row, HomeVisit):
        return row.weighed == "ya" or row.weight is not None
    return isinstance(row, HeightCheck) and row.weight is not None


def _priority(says: Mapping[str, str], signs: Mapping[str, object], visited: bool, to_do: bool) -> str:
    """The first that fits."""
    # "1" latest tikar merah or status_gizi buruk
    if says.get("tikar") == "merah" or says.get("status_gizi") == "buruk":
        return "1"
    # "2" KEK/risti mother, tikar kuning, status_gizi kurang/stunting
    if says.get("status_kehamilan") in ("kek", "risti", "kek_risti"):
        return "2"
    # and a pregnancy past 42 weeks
    if "lewat_waktu" in signs:
        return "2"
    if says.get("tikar") == "kuning" or says.get("status_gizi") in ("kurang", "stunting"):
        return "2"
    # "3" a growth sign: growth is lower than it should be
    if FALTERING & set(signs):
        return "3"
    # "4" not visited this month; "5" visited, services missing; "6" nothing to do
    if not visited:
        return "4"
    return "5" if to_do else "6"
