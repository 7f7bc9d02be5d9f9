"""What two village workers may do in a few months, picked by hypothesis, and what they would answer in each form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from hypothesis import strategies as st

from forms.simulation.engine.filling import Known
from forms.simulation.engine.phone import Phone

FIRST, LAST = date(2026, 1, 5), date(2026, 4, 20)

Visit = Literal["visit child", "measure", "visit mother", "birth", "map", "map again", "close", "paud", "facility"]
Task = Visit | Literal["meeting", "correct", "sync", "merge", "move", "undo", "choose"]
NUTRITION = ("baik", "kurang", "buruk", "stunting")
PREGNANCY = ("normal", "kek", "risti", "kek_risti")
COLOURS = ("hijau", "kuning", "merah")


@dataclass(frozen=True)
class Step:
    """What a worker does on a day. `whom` picks from her list, `luck` the answers, `minute` when she is done."""

    worker: int
    task: Task
    day: date
    minute: int
    whom: int
    luck: int

    def said(self, number: int) -> str:
        """The answer to the question of this number."""
        return "ya" if self.luck >> number & 1 else "tidak"

    def picked(self, among: Sequence[str]) -> str:
        return among[self.luck % len(among)]


TASKS: tuple[Task, ...] = (
    *("visit child", "visit child", "visit child", "measure", "measure", "visit mother", "visit mother", "birth"),
    *("map", "map again", "close", "paud", "facility", "meeting", "correct", "sync"),
)
# Of births and of mothers whom nobody had noted, while families move and are merged: what comes late meets them.
FAMILIES: tuple[Task, ...] = (
    *("map again", "map again", "birth", "birth", "birth", "visit child", "visit mother", "correct"),
    *("move", "move", "merge", "undo", "choose", "sync"),
)
DECISIONS: tuple[Task, ...] = ("merge", "merge", "move", "move", "undo", "choose", "sync")


def _steps(tasks: Sequence[Task], people: int = 2) -> st.SearchStrategy[Step]:
    return st.builds(
        Step,
        worker=st.integers(0, 2),
        task=st.sampled_from(tasks),
        day=st.dates(FIRST, LAST),
        minute=st.integers(0, 3),  # two workers may well be done in the same minute
        whom=st.integers(0, people - 1),  # few people: what is said of one of them shall meet
        luck=st.integers(0, 1023),
    )


any_step = _steps(TASKS)
any_decision = _steps(DECISIONS)
any_family_step = _steps(FAMILIES, people=4)


def asked_by(step: Step, phone: Phone) -> tuple[str, Known] | None:
    """The form for a task and what the worker would answer in it; None where her list has nobody for it."""
    kind = {"visit mother": "ibu_hamil", "birth": "ibu_hamil", "map again": "keluarga"}.get(step.task, "anak")
    listed = list(phone.lists.get(kind, {}))
    if step.task == "map":
        return "peta_sosial", household(step, "")
    if step.task == "facility":
        return "fasilitas", _facility(step, phone)
    if step.task == "meeting":
        return "rembuk_stunting", _meeting(step)
    if not listed:
        return None
    id_ = listed[step.whom % len(listed)]
    match step.task:
        case "paud":
            # Only from the age of two on: of a younger child the form asks nothing, and is not sent.
            asked = {"saring": "semua", "tanggal": step.day, "anak": id_, "status_sasaran": "aktif"}
            return "pantau_paud", asked | {"ikut_paud": step.said(0), "pengasuhan": step.said(1)}
        case "measure":
            return "ukur_tinggi", _measures(step, id_)
        case "map again":
            return "peta_sosial", household(step, id_)
        case "visit mother" | "birth":
            return "kunjungan_rumah", _mothers_visit(step, id_)
        case _:
            return "kunjungan_rumah", _childs_visit(step, id_)


def household(step: Step, known: str) -> Known:
    mother = {
        "nama": f"Ibu {step.luck}",
        "tanggal_lahir": date(1998, 5, 17),
        "ibu_sama": "tidak",
        "sudah_lahir": "tidak",
        "hpl": step.day + timedelta(days=step.luck % 200),
        "status_kehamilan": step.picked(PREGNANCY),
        "jaminan_kesehatan": step.said(0),
    }
    child = {
        "nama": f"Anak {step.luck}",
        "jenis_kelamin": "P" if step.luck & 2 else "L",
        "tanggal_lahir": step.day - timedelta(days=step.luck),
        "anak_sama": "tidak",
        "status_gizi": step.picked(NUTRITION),
        "akta_lahir": step.said(1),
        "jaminan_kesehatan": step.said(2),
    }
    return {
        "tanggal": step.day,
        "jenis_pendataan": "lama" if known else "baru",
        "keluarga_lama": known,
        "perbarui_rumah": "ya",
        "nama_kepala": f"Keluarga {step.luck}",
        "dusun": "Mawar" if step.luck & 1 else "Melati",
        "sumber_air": "ledeng" if step.luck & 4 else "air_permukaan",
        "tempat_bab": "sendiri",
        "kloset": "leher_angsa" if step.luck & 8 else "cemplung",
        "pembuangan_tinja": "tangki_septik",
        "jenis_rentan": "tidak_ada",
        "ada_ibu": step.said(4),
        "ibu": [mother],
        "ada_balita": step.said(5),
        "balita": [child],
    }


def _visit(step: Step, kind: str, id_: str) -> dict[str, Any]:
    common = {"saring": "semua", "jenis_sasaran": kind, "tanggal": step.day, kind: id_}
    if step.task == "close":
        return common | {"status_sasaran": ("pindah", "meninggal")[step.luck % 2], "tanggal_status": step.day}
    return common | {"status_sasaran": "aktif"}


def _mothers_visit(step: Step, id_: str) -> Known:
    asked = ("periksa_kehamilan", "pil_fe", "konseling_gizi_ibu", "kunjungan_bidan", "air_minum", "jamban")
    return {
        **_visit(step, "ibu_hamil", id_),
        **{name: step.said(number) for number, name in enumerate(asked)},
        "sudah_lahir": "ya" if step.task == "birth" else "tidak",
        "tanggal_melahirkan": step.day - timedelta(days=step.luck % 10),
        "bayi_hidup": "ya",
        "periksa_nifas": step.luck % 5,
        "status_kehamilan": step.picked(PREGNANCY),
        "jaminan_kesehatan": step.said(6),
        "nama_bayi": f"Bayi {step.luck}",
        "jenis_kelamin_bayi": "L" if step.luck & 2 else "P",
        "bayi_sama": "tidak",
        "berat_lahir": 2.5 + step.luck % 20 / 10,
    }


def _childs_visit(step: Step, id_: str) -> Known:
    asked = ("timbang", "ukur", "kunjungan_terpadu", "imunisasi_dasar", "konseling_ibu", "konseling_ayah", "pengasuhan")
    asked += ("air_minum_anak", "jamban_anak", "akta_lahir", "dirujuk")
    return {
        **_visit(step, "anak", id_),
        **{name: step.said(number) for number, name in enumerate(asked)},
        "berat_badan": 6 + step.luck % 50 / 10,
        "status_gizi": step.picked(NUTRITION),
        "jaminan_kesehatan_anak": step.said(9),
    }


def _measures(step: Step, id_: str) -> Known:
    return {
        "tanggal": step.day,
        "anak": id_,
        "posisi": "baring",
        "panjang_ukur": 60 + step.luck % 200 / 10,
        "berat": 6 + step.luck % 40 / 10,
        "pakai_tikar": "ya",
        "tikar": step.picked(COLOURS),
        "panjang_ulang": 61 + step.luck % 200 / 10,
        "diukur_oleh": "nakes" if step.luck & 1 else "kpm",
    }


def _facility(step: Step, phone: Phone) -> Known:
    """A new one, or what a known one gives now."""
    listed = list(phone.lists.get("fasilitas", {}))
    known = listed[step.whom % len(listed)] if listed and step.luck % 2 else ""
    services = [
        name for number, name in enumerate(("timbang", "imunisasi", "konseling_gizi")) if step.luck >> number & 1
    ]
    return {
        "tanggal": step.day,
        "jenis_pendataan": "lama" if known else "baru",
        "fasilitas_lama": known,
        "keadaan": "buka",
        "jenis": "posyandu",
        "nama": f"Posyandu {step.luck}",
        "dusun": "Mawar",
        "cakupan": step.picked(("dusun", "desa")),
        "layanan": " ".join(services),
        **{f"frekuensi_{service}": "bulanan" for service in services},
    }


def _meeting(step: Step) -> Known:
    total = 1_000_000 * (1 + step.luck % 40)
    activity = {
        "bidang": "pemberdayaan",
        "nama_kegiatan": f"Kegiatan {step.luck}",
        "sektor": step.picked(("kesehatan", "gizi", "air", "sosial", "paud")),
        "sasaran_kegiatan": "ibu hamil",
        "sumber_dana": "dana_desa",
        "anggaran_total": total,
        "anggaran_stunting": total // 2,
        "penanggung_jawab": "Kepala Dusun",
        "tenggat": step.day + timedelta(days=90),
        "indikator": step.picked(("ih7_a7", "a2", "tidak_dihitung")),
        "rumah_tangga": "",
        "jumlah_sasaran": 3,
    }
    return {
        "tanggal": step.day,
        "jenis_rembuk": "tahunan",
        "tahun": step.day.year,
        "peserta_laki": 10,
        "peserta_perempuan": 12,
        "unsur": "pemdes bpd kader",
        "kegiatan": [activity],
    }
