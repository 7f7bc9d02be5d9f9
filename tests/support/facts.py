"""What is known of one village: its register as it is now, and every row that its phones sent.

These records know nothing of forms, databases or rules, so a recount made from them can disagree with the program.
An unknown text is "", an unknown date is None. Dates inside `Visit.answers` are ISO texts, as a phone sends them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Answer = str | int | float
Kind = Literal["ibu_hamil", "anak", "paud"]


@dataclass(frozen=True)
class Household:
    """A household of the register; `air_minum`, `jamban` and `rentan` are "ya", "tidak" or ""."""

    id: str
    dusun: str
    air_minum: str = ""
    jamban: str = ""
    rentan: str = ""


@dataclass(frozen=True)
class Mother:
    """A pregnant woman or a woman after birth, in the register's present state (after all updates)."""

    id: str
    household: str
    dusun: str
    registered_on: date
    hpl: date | None = None
    tanggal_melahirkan: date | None = None
    status: str = "aktif"
    tanggal_status: date | None = None
    status_kehamilan: str = ""
    jaminan_kesehatan: str = ""


@dataclass(frozen=True)
class Child:
    """A child of the register, in its present state (after all updates)."""

    id: str
    household: str
    dusun: str
    registered_on: date
    tanggal_lahir: date | None
    jenis_kelamin: str = "P"
    status: str = "aktif"
    tanggal_status: date | None = None
    status_gizi: str = ""
    akta_lahir: str = ""
    jaminan_kesehatan: str = ""


@dataclass(frozen=True)
class Visit:
    """One `kunjungan_rumah`, or `pantau_paud` where its kind is that.

    `order` is its place among all rows of the village, in the order in which the forms were finished.
    """

    order: int
    tanggal: date
    kind: Kind
    target: str
    answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(frozen=True)
class Measurement:
    """One `ukur_tinggi` of a child; `tikar` is None where the mat gave no colour."""

    order: int
    tanggal: date
    child: str
    diukur_oleh: str
    tikar: str | None


@dataclass(frozen=True)
class Facility:
    """A facility of the register; `gives` leads from a service to how often, "" where that is not known."""

    id: str
    jenis: str
    nama: str
    dusun: str
    cakupan: str = "dusun"
    gives: Mapping[str, str] = field(default_factory=dict)
    keadaan: str = "buka"


@dataclass(frozen=True)
class Activity:
    """What a village meeting agreed to do, in rupiah: all that it costs, and what of it is against stunting. `bidang`:
    pembangunan or pemberdayaan. `promise`: further answers of the form (who answers for it, by when, for whom)."""

    id: str
    sumber_dana: str
    anggaran_total: int
    anggaran_stunting: int
    bidang: str = "pemberdayaan"
    promise: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Agreement:
    """One `rembuk_stunting`, which plans for `tahun`. `totals`: by bidang, all of Dana Desa that goes there, where the
    meeting said it."""

    order: int
    tanggal: date
    tahun: int
    activities: tuple[Activity, ...]
    totals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """What a quarterly meeting says of an activity: rupiah spent since the year began, None where it does not say.
    `promise`: further answers, where the meeting decides it (`baru`)."""

    activity: str
    keadaan: str
    realisasi: int | None
    promise: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Review:
    """One `rapat_triwulan`."""

    order: int
    tanggal: date
    progress: tuple[Progress, ...]


@dataclass(frozen=True)
class Village:
    """Everything that a scorecard of this village may be counted from."""

    code: str
    name: str
    households: tuple[Household, ...] = ()
    mothers: tuple[Mother, ...] = ()
    children: tuple[Child, ...] = ()
    visits: tuple[Visit, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    follow_ups: tuple[Visit, ...] = ()
    facilities: tuple[Facility, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    reviews: tuple[Review, ...] = ()

    @property
    def targets(self) -> tuple[Mother | Child, ...]:
        """Mothers, then children."""
        return (*self.mothers, *self.children)
