"""What a settled tale leaves of its villages: the facts that the cards and the performance are counted from, and who is
known there, for the work list. In plain Python, from tests/recounts/settled.py alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeVar, cast

from tests.recounts import worklist_recount
from tests.recounts.early_recount import Measured
from tests.recounts.kpm_year import PaudRow, Year
from tests.recounts.settled import Entry, Tale, says_of
from tests.recounts.worklist_recount import Known, Row
from tests.scenarios import tales
from tests.support.facts import Agreement, Answer, Child, Household, Measurement, Mother, Review, Village, Visit

_About = TypeVar("_About", tales.HomeVisit, tales.HeightCheck, tales.PaudVisit)
_Sent = TypeVar("_Sent", bound=tales.Form)


def year_of(tale: Tale, code: str, name: str) -> Year:
    """All that counts in the village, and who sent it. A form's order is that in which all were finished."""
    return _Village(tale, code).year(name)


def known_people(tale: Tale) -> list[Known]:
    """Everybody in all villages, for the work list."""
    return [_known(tale, one) for one in tale.entries.values() if one.kind in ("ibu_hamil", "anak")]


class _Village:
    def __init__(self, tale: Tale, code: str) -> None:
        self.tale, self.code = tale, code
        finished = sorted(tale.forms, key=lambda form: form.finished)
        self.orders = {form.id: order for order, form in enumerate(finished, start=1)}
        self.entries = [one for one in tale.entries.values() if one.village == code]

    def forms_about(self, kind: type[_About]) -> Iterator[tuple[int, _About, str]]:
        """(order, form, target) of those about somebody who is at home here now."""
        for form in self.tale.forms:
            if isinstance(form, kind):
                target = self.tale.now(form.target)
                if self.tale.village(target) == self.code:
                    yield self.orders[form.id], form, target

    def forms_sent(self, kind: type[_Sent]) -> list[_Sent]:
        return [form for form in self.tale.forms if isinstance(form, kind) and form.village == self.code]

    def year(self, name: str) -> Year:
        village = self.village(name)
        asked = tuple(PaudRow(order, form.tanggal, target) for order, form, target in self.forms_about(tales.PaudVisit))
        forms = {self.orders[form.id]: form for form in self.tale.forms}
        rows = [row.order for row in (*village.visits, *village.measurements, *asked)]
        return Year(
            village,
            asked,
            maps=tuple(form.tanggal for form in self.forms_sent(tales.SocialMap)),
            rembuk=tuple((form.tanggal, form.tahun) for form in self.forms_sent(tales.Rembuk)),
            meetings=tuple((form.tanggal, form.triwulan) for form in self.forms_sent(tales.Rapat)),
            # The performance credits the village whose phone sent it.
            origins={order: forms[order].village for order in rows},
            # A correction counts as sent when the form that it corrects was.
            received={order: self.tale.first(forms[order]).at for order in rows},
        )

    def village(self, name: str) -> Village:
        return Village(
            self.code,
            name,
            households=tuple(
                Household(one.id, *(one.says.get(name, "") for name in ("dusun", "air_minum", "jamban", "rentan")))
                for one in self.entries
                if one.kind == "keluarga"
            ),
            mothers=tuple(_mother(one) for one in self.entries if one.kind == "ibu_hamil"),
            children=tuple(_child(one) for one in self.entries if one.kind == "anak"),
            visits=tuple(
                Visit(order, form.tanggal, form.kind, target, form.answers)
                for order, form, target in self.forms_about(tales.HomeVisit)
            ),
            measurements=tuple(
                Measurement(order, form.tanggal, target, str(form.answers["diukur_oleh"]), _text(form.answers, "tikar"))
                for order, form, target in self.forms_about(tales.HeightCheck)
            ),
            follow_ups=tuple(
                Visit(order, form.tanggal, "paud", target, {"ikut_paud": form.ikut_paud})
                for order, form, target in self.forms_about(tales.PaudVisit)
            ),
            facilities=tuple({one.facility.id: one.facility for one in self.in_turn(tales.Survey)}.values()),
            agreements=tuple(
                Agreement(self.orders[one.id], one.tanggal, one.tahun, one.activities)
                for one in self.forms_sent(tales.Rembuk)
            ),
            reviews=tuple(
                Review(self.orders[one.id], one.tanggal, one.progress) for one in self.forms_sent(tales.Rapat)
            ),
        )

    def in_turn(self, kind: type[_Sent]) -> list[_Sent]:
        return sorted(self.forms_sent(kind), key=lambda form: (form.tanggal, form.finished))


def _person(entry: Entry) -> tuple[str, str, str, date]:
    return entry.id, entry.says.get("keluarga", ""), entry.says.get("dusun", ""), entry.registered_on


def _mother(entry: Entry) -> Mother:
    return Mother(
        *_person(entry),
        hpl=_day(entry, "hpl"),
        tanggal_melahirkan=_day(entry, "tanggal_melahirkan"),
        tanggal_status=_day(entry, "tanggal_status"),
        **_texts(entry, "status_kehamilan", "jaminan_kesehatan", "status"),
    )


def _child(entry: Entry) -> Child:
    return Child(
        *_person(entry),
        tanggal_lahir=_day(entry, "tanggal_lahir"),
        tanggal_status=_day(entry, "tanggal_status"),
        **_texts(entry, "jenis_kelamin", "status_gizi", "akta_lahir", "jaminan_kesehatan", "status"),
    )


def _texts(entry: Entry, *names: str) -> dict[str, Any]:
    return {name: entry.says.get(name, "") for name in names}


def _day(entry: Entry, name: str) -> date | None:
    told = entry.says.get(name)
    return date.fromisoformat(told) if told else None


# -- for the work list -------------------------------------------------------------------------------------------------


def _known(tale: Tale, entry: Entry) -> Known:
    about = sorted(
        (row for form in tale.forms if (row := _row(tale, form, entry.id)) is not None), key=lambda row: row.order_key
    )
    measures = sorted(_measures(tale, entry.id), key=lambda told: told[0])
    kind = cast(worklist_recount.Kind, entry.kind)
    return Known(
        entry.id,
        kind,
        entry.name,
        entry.village,
        entry.registered_on,
        entry.says,
        tuple(about),
        tuple(measured for _, measured in measures),
    )


def _row(tale: Tale, form: tales.Form, id_: str) -> Row | None:
    if not isinstance(form, tales.HomeVisit | tales.HeightCheck | tales.PaudVisit) or tale.now(form.target) != id_:
        return None
    sent = form.tanggal, form.finished, form.village
    if isinstance(form, tales.PaudVisit):
        return worklist_recount.PaudRow(*sent, id_)
    says = says_of(form.answers)
    if isinstance(form, tales.HeightCheck):
        length, position = _number(form.answers, "panjang"), _text(form.answers, "posisi")
        return worklist_recount.HeightCheck(*sent, id_, length, position, _number(form.answers, "berat"), says)
    weighed = _text(form.answers, "timbang") or ""
    weight = _number(form.answers, "berat_badan")
    return worklist_recount.HomeVisit(*sent, id_, form.kind, says, form.missing, weighed, weight)


def _measures(tale: Tale, id_: str) -> Iterator[tuple[tuple[date, Any], Measured]]:
    """What was measured, as it was noted; at birth, noted with the birth."""
    for form in tale.forms:
        if isinstance(form, tales.HomeVisit) and form.baby and tale.now(form.baby.id) == id_:
            baby = form.baby
            if baby.weight is not None or baby.length is not None:
                born = date.fromisoformat(baby.says["tanggal_lahir"])
                yield (form.tanggal, form.finished), Measured(born, baby.weight, baby.length)
        row = _row(tale, form, id_)
        if isinstance(row, worklist_recount.HeightCheck):
            yield row.order_key, Measured(row.tanggal, row.weight, row.length, row.position)
        if isinstance(row, worklist_recount.HomeVisit) and row.kind == "anak":
            yield row.order_key, Measured(row.tanggal, row.weight)


def _number(answers: Mapping[str, Answer], name: str) -> float | None:
    return float(answers[name]) if name in answers else None


def _text(answers: Mapping[str, Answer], name: str) -> str | None:
    return str(answers[name]) if name in answers else None
