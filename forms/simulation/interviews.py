"""What people answer at the door: everything that a form may ask of them; the form decides what it asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from forms.simulation import body
from forms.simulation.coverage import Coverage, words
from forms.simulation.engine.filling import Known
from forms.simulation.facilities import Facility
from forms.simulation.people import Child, Closed, Household, Mother

CHECKS_AFTER_BIRTH = (1, 5, 18, 35)  # days
ABSENT = 0.04  # share of the enrolled who have not come in a month
# Where the phone asks about somebody on the list: whoever is registered twice here, is by a slip of the KPM.
NOT_THE_SAME = "tidak"


@dataclass(frozen=True)
class Interviews:
    """The answers of one village's people. The same draws of `random` give the same answers."""

    coverage: Coverage
    random: Random

    def social_map(self, family: Household, mothers: Sequence[Mother], children: Sequence[Child], day: date) -> Known:
        """`peta_sosial` of a household, new or known, with those of its members who are to be registered."""
        return {
            "tanggal": day,
            "jenis_pendataan": "lama" if family.id else "baru",
            "keluarga_lama": family.id,
            "no_kk": family.no_kk,
            "nama_kepala": f"Bapak Contoh {family.number}",
            "dusun": self.coverage.village.dusun[family.dusun],
            "rt": family.house.rt,
            "lokasi": family.house.location,
            "jenis_rentan": family.house.vulnerable,
            **self._water(family, day),
            **self._latrine(family, day),
            "ada_ibu": words(bool(mothers)),
            "ibu": [self._new_mother(mother, day) for mother in mothers],
            "ada_balita": words(bool(children)),
            "balita": [self._new_child(child, day) for child in children],
        }

    def _lasts(self, service: str, family: Household, day: date) -> str:
        return words(self.coverage.has(service, family, family.draws[service], day))

    def _child_has(self, service: str, child: Child, day: date) -> str:
        return words(self.coverage.has(service, child.household, child.draws[service], day))

    def _water(self, family: Household, day: date) -> Known:
        proper = self._lasts("air_minum", family, day) == "ya"
        return {
            "sumber_air": family.house.proper_source if proper else family.house.poor_source,
            "sumber_air_mandi": "sumur_bor",
            "jarak_tinja": "cukup" if proper else "dekat",
        }

    def _latrine(self, family: Household, day: date) -> Known:
        if self._lasts("jamban", family, day) == "ya":
            return {"tempat_bab": "sendiri", "kloset": "leher_angsa", "pembuangan_tinja": "tangki_septik"}
        if family.draws["jamban"] > 0.97:
            return {"tempat_bab": "tidak_ada"}
        return {"tempat_bab": "sendiri", "kloset": "cemplung", "pembuangan_tinja": "terbuka"}

    def _new_mother(self, mother: Mother, day: date) -> dict[str, str | float | date]:
        born = mother.delivers_on <= day
        return {
            "nama": mother.name,
            "nik": mother.nik,
            "tanggal_lahir": mother.born_on,
            "ibu_sama": NOT_THE_SAME,
            "sudah_lahir": words(born),
            "hpl": mother.due,
            "tanggal_melahirkan": mother.delivers_on,
            "lila": mother.arm_cm,
            "status_kehamilan": mother.status,
            "jaminan_kesehatan": self._lasts("jaminan_kesehatan", mother.household, day),
        }

    def _new_child(self, child: Child, day: date) -> dict[str, str | float | date]:
        return {
            "nama": child.name,
            "jenis_kelamin": child.sex,
            "tanggal_lahir": child.born_on,
            "nik": child.nik,
            "anak_sama": NOT_THE_SAME,
            "status_gizi": child.nutrition,
            "akta_lahir": self._child_has("akta_lahir", child, day),
            "jaminan_kesehatan": self._lasts("jaminan_kesehatan", child.household, day),
        }

    def visit_to_mother(self, mother: Mother, day: date) -> Known:
        """`kunjungan_rumah` of a pregnant woman, or one who gave birth less than 42 days ago."""
        family, baby = mother.household, mother.baby
        if not mother.birth_known and self.random.random() < 0.6:
            mother.arm_cm = round(mother.arm_cm + self.random.uniform(0, 0.25), 1)
        return {
            "saring": "semua",
            "jenis_sasaran": "ibu_hamil",
            "tanggal": day,
            "ibu_hamil": mother.id,
            **_standing(mother.kept_from(day)),
            "sudah_lahir": words(mother.delivers_on <= day),
            "tanggal_melahirkan": mother.delivers_on,
            "bayi_hidup": words(baby is not None),
            **self._monthly(("periksa_kehamilan", "pil_fe", "konseling_gizi_ibu", "kunjungan_bidan"), family, day),
            "lila": mother.arm_cm,
            "status_kehamilan": mother.status,
            "periksa_nifas": self._checks_after_birth(mother, day),
            **self._birth_plan(mother, day),
            "air_minum": self._lasts("air_minum", family, day),
            "jamban": self._lasts("jamban", family, day),
            "jaminan_kesehatan": self._lasts("jaminan_kesehatan", family, day),
            **({} if baby is None else self._newborn(baby)),
        }

    def _birth_plan(self, mother: Mother, day: date) -> Known:
        """What is agreed by the last weeks: by most where they give birth, by fewer who would give blood."""
        draws, weeks_left = mother.household.draws, (mother.due - day).days // 7
        is_settled = draws["akta_lahir"] < 0.9 - 0.05 * weeks_left
        insured = self._lasts("jaminan_kesehatan", mother.household, day) == "ya"
        return {
            "tempat_bersalin": "puskesmas" if draws["akta_lahir"] < 0.9 else "rumah",
            "penolong_bersalin": "bidan" if draws["akta_lahir"] < 0.95 else "bukan_nakes",
            "kendaraan_bersalin": "ambulans" if is_settled else "belum",
            "donor_darah": "ada" if draws["imunisasi_dasar"] < 0.5 else "belum",
            "biaya_bersalin": "jaminan" if insured else "tabungan" if is_settled else "belum",
        }

    def _checks_after_birth(self, mother: Mother, day: date) -> int:
        since = (day - mother.delivers_on).days
        reached = self.coverage.chance("nifas", mother.household, day, 1.0)
        # Whoever is well looked after is checked each time; the draw is the family's own, so the number never falls.
        share = 1.0 if mother.household.draws["imunisasi_dasar"] < reached else 0.5
        return round(share * sum(since >= check for check in CHECKS_AFTER_BIRTH))

    def _newborn(self, baby: Child) -> Known:
        birth = body.measured(baby, baby.born_on, self.random)
        return {
            "nama_bayi": baby.name,
            "jenis_kelamin_bayi": baby.sex,
            "berat_lahir": birth.weight,
            "panjang_lahir": birth.length,
            "bayi_sama": NOT_THE_SAME,
        }

    def visit_to_child(self, child: Child, day: date) -> Known:
        """`kunjungan_rumah` of a child of 0-23 months."""
        family = child.household
        in_month = child.measured_on is not None and child.measured_on.replace(day=1) == day.replace(day=1)
        child.nutrition = body.nutrition(child, day)
        return {
            "saring": "semua",
            "jenis_sasaran": "anak",
            "tanggal": day,
            "anak": child.id,
            **_standing(child.kept_from(day)),
            **self._monthly(
                ("timbang", "kunjungan_terpadu", "pengasuhan", "konseling_ibu", "konseling_ayah"), family, day
            ),
            "berat_badan": body.weight(child, day, self.random),
            "ukur": words(in_month),
            "status_gizi": child.nutrition,
            "imunisasi_dasar": self._child_has("imunisasi_dasar", child, day),
            "dirujuk": words(child.draws["imunisasi_dasar"] < 0.5),
            "air_minum_anak": self._lasts("air_minum", family, day),
            "jamban_anak": self._lasts("jamban", family, day),
            "akta_lahir": self._child_has("akta_lahir", child, day),
            "jaminan_kesehatan_anak": self._lasts("jaminan_kesehatan", family, day),
        }

    def early_education(self, child: Child, day: date) -> Known:
        """`pantau_paud` of a child of 2-5 years; now and then one that is enrolled has not come this month."""
        comes = self._child_has("ikut_paud", child, day) == "ya" and self.random.random() > ABSENT
        return {
            "saring": "semua",
            "tanggal": day,
            "anak": child.id,
            **_standing(child.kept_from(day)),
            "ikut_paud": words(comes),
            # Whose child is likely to be enrolled comes to classes as well; asked below 36 months.
            "pengasuhan": words(child.draws["ikut_paud"] < 0.7),
        }

    def facility(self, place: Facility, day: date) -> Known:
        """`fasilitas` of a facility, new or known, with its services as they are."""
        return {
            "tanggal": day,
            "jenis_pendataan": "lama" if place.id else "baru",
            "fasilitas_lama": place.id,
            "keadaan": "buka",
            "jenis": place.kind,
            "nama": place.name,
            "dusun": self.coverage.village.dusun[place.dusun],
            "cakupan": place.serves,
            "layanan": " ".join(place.services),
            **{f"frekuensi_{service}": often for service, often in place.services.items()},
        }

    def _monthly(self, services: Sequence[str], family: Household, day: date) -> Known:
        return {service: words(self.coverage.gets(service, family, day)) for service in services}

    def measuring(self, child: Child, day: date, by: str) -> Known:
        """`ukur_tinggi`: a child on the mat at the Posyandu; `by` is nakes or kpm."""
        found = body.measured(child, day, self.random)
        child.measured_on = day
        known: dict[str, str | float | date] = {
            "tanggal": day,
            "anak": child.id,
            "posisi": "baring",
            "panjang_ukur": found.length,
            "pakai_tikar": words(self.random.random() < 0.93),
            "tikar": found.colour,
            "diukur_oleh": by,
        }
        if self.random.random() < 0.8:
            known["berat"] = found.weight
        if self.random.random() < 0.85:  # some do not lie down a second time
            known["panjang_ulang"] = found.length_again
        return known


def _standing(closed: Closed | None) -> Known:
    """Whether the person is still a target, and if not, since when."""
    if closed is None:
        return {"status_sasaran": "aktif"}
    reason, since = closed
    return {"status_sasaran": reason, "tanggal_status": since}
