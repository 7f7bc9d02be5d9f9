"""Tells a tale (tests/scenarios/tales.py) to the server: its forms as phones send them, its decisions as pages make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from forms.submission import read_envelope
from server.decisions import edits, merges, transfers, undo
from server.entities.decision import Decision
from server.publications.form_versions import FormCache
from server.submissions import review
from server.submissions.interpret import IncomingSubmission
from tests.recounts.worklist_recount import Person
from tests.scenarios.tales import (
    Change,
    Choice,
    Event,
    Form,
    HeightCheck,
    HomeVisit,
    Merge,
    Move,
    PaudVisit,
    Rapat,
    Rembuk,
    SocialMap,
    Survey,
    Undo,
)
from tests.support.inbox import take_in
from tests.support.shown import JAKARTA
from tests.support.village_forms import filled

HEAD = "kades@uji"
PART = {"ibu_hamil": "ibu", "anak": "balita"}


@dataclass
class Telling:
    """What the server has heard so far. `households`: what it calls those that moves made, see Move.new_household."""

    cache: FormCache = field(default_factory=FormCache)
    made: dict[datetime, Decision] = field(default_factory=dict)
    sent: dict[str, IncomingSubmission] = field(default_factory=dict)
    households: dict[str, str] = field(default_factory=dict)

    def tell(self, connection: Connection, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Form):
                self._send(connection, event)
            else:
                self._decide(connection, event)

    def _send(self, connection: Connection, form: Form) -> None:
        body = self._xml(form).encode()
        arrival = IncomingSubmission(form.village, "uji", None, body, read_envelope(body), form.at, JAKARTA)
        self.sent[form.id] = arrival
        take_in(connection, self.cache, arrival)

    def _decide(self, connection: Connection, event: Event) -> None:
        match event:
            case Choice():
                use = self.sent[event.use].sha256 if event.use else ""
                first = _instance(event.first)
                review.choose(connection, self.cache, JAKARTA, event.village, first, use, HEAD, event.at)
            case Merge():
                pair = event.loser, event.winner
                self.made[event.at] = merges.merge(connection, event.village, *pair, event.day, HEAD, event.at)
            case Move():
                ids = [self._household(id_) for id_ in event.ids]
                where = event.to, event.day, event.dusun, self._household(event.household)
                made = transfers.move(connection, event.village, ids, *where, HEAD, event.at)
                self.made[event.at] = made
                for one in made.statements:
                    if one.action == "create":
                        self.households[event.new_household] = one.id
            case Change():
                self.made[event.at] = edits.change(
                    connection, event.village, [event.id], event.says, event.day, HEAD, event.at
                )
            case Undo():
                made = self.made[event.what.at]
                undo.undo_decision(connection, made.village_id, made.id, HEAD, event.at)

    def _household(self, called: str) -> str:
        return self.households.get(called, called)

    # -- forms ---------------------------------------------------------------------------------------------------------

    def _xml(self, form: Form) -> str:
        known = {"tanggal": form.tanggal, "berakhir": f"{form.finished:%Y-%m-%dT%H:%M:%S}.000Z"}
        meta = {"instance": _instance(form.id), "corrects": _instance(form.corrects) if form.corrects else ""}
        match form:
            case SocialMap():
                does = "create" if form.is_new else "update"
                home = ("keluarga", form.household, does, f"Keluarga {form.household}" if form.is_new else "")
                people = [
                    (PART[one.kind], {"nama": one.name, **one.says}, (one.kind, one.id, "create", one.name))
                    for one in form.people
                ]
                speaks = [home] if form.is_new or form.says else []
                return filled("peta_sosial", {**known, **form.says}, speaks, people, **meta)
            case HomeVisit():
                known |= {"jenis_sasaran": form.kind, form.kind: form.target, "masih_kurang": ", ".join(form.missing)}
                speaks = [(form.kind, form.target, "update", "")]
                if form.baby:
                    known |= _birth(form.baby, self._household(form.household))
                    speaks.append(("anak", form.baby.id, "create", form.baby.name))
                return filled("kunjungan_rumah", {**known, **form.answers}, speaks, **meta)
            case HeightCheck():
                speaks = [("anak", form.target, "update", "")]
                return filled("ukur_tinggi", {**known, "anak": form.target, **form.answers}, speaks, **meta)
            case PaudVisit():
                answers = {**known, "anak": form.target, "ikut_paud": form.ikut_paud}
                return filled("pantau_paud", answers, [("anak", form.target, "update", "")], **meta)
            case Survey():
                place = form.facility
                answers = {name: getattr(place, name) for name in ("jenis", "nama", "dusun", "cakupan", "keadaan")}
                speaks = [("fasilitas", place.id, "create" if form.is_new else "update", place.nama)]
                return filled("fasilitas", {**known, **answers, "layanan": " ".join(place.gives)}, speaks, **meta)
            case Rembuk():
                agreed = [
                    ("kegiatan", {**vars(one), "id_kegiatan": one.id}, ("kegiatan", one.id, "create", one.id))
                    for one in form.activities
                ]
                return filled("rembuk_stunting", {**known, "tahun": form.tahun}, [], agreed, **meta)
            case Rapat():
                told = [
                    (
                        "kegiatan",
                        {"id_kegiatan": one.activity, "keadaan": one.keadaan, "realisasi": one.realisasi},
                        ("kegiatan", one.activity, "update", ""),
                    )
                    for one in form.progress
                ]
                return filled("rapat_triwulan", {**known, "triwulan": form.triwulan}, [], told, **meta)
        raise AssertionError(form)


def _birth(baby: Person, household: str) -> dict[str, Any]:
    says = baby.says
    answers: dict[str, Any] = {"nama_bayi": baby.name, "keluarga_bayi": household, "dusun_anak": says["dusun"]}
    answers |= {"jenis_kelamin_bayi": says["jenis_kelamin"], "tanggal_lahir_bayi": says["tanggal_lahir"]}
    answers |= {"status_anak": says["status"]}
    at_birth = {"berat_lahir": baby.weight, "panjang_lahir": baby.length}
    return answers | {name: value for name, value in at_birth.items() if value is not None}


def _instance(form_id: str) -> str:
    return f"uuid:{form_id}"
