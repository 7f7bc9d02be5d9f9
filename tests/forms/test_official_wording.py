"""The rows of table 3 are called as Formulir 4 calls them; where counting differs from that, a note says so."""

from __future__ import annotations

from tests.support.made_up import INDICATORS

OFFICIAL = """\
ih1 Ibu hamil periksa kehamilan paling sedikit 4 kali selama kehamilan
ih2 Ibu hamil mendapatkan dan minum 1 tablet tambah darah (pil FE) setiap hari minimal selama 90 hari
ih3 Ibu bersalin mendapatkan layanan nifas oleh nakes dilaksanakan minimal 3 kali
ih4 Ibu hamil mengikuti kegiatan konseling gizi atau kelas ibu hamil minimal 4 kali selama kehamilan
ih5 Ibu hamil dengan kondisi resiko tinggi dan/atau Kekurangan Energi Kronis (KEK) mendapat kunjungan ke rumah oleh \
bidan Desa secara terpadu minimal 1 bulan sekali
ih6 Rumah Tangga Ibu hamil memiliki sarana akses air minum yang aman
ih7 Rumah Tangga Ibu hamil memiliki sarana jamban keluarga yang layak
ih8 Ibu hamil memiliki jaminan layanan kesehatan
a1 Bayi usia 12 bulan ke bawah mendapatkan imunisasi dasar lengkap
a2 Anak usia 0-23 bulan diukur berat badannya di posyandu secara rutin setiap bulan
a3 Anak usia 0-23 bulan diukur panjang/tinggi badannya oleh tenaga kesehatan terlatih minimal 2 kali dalam setahun
a4 Orang tua/pengasuh yang memiliki anak usia 0-23 bulan mengikuti kegiatan konseling gizi secara rutin minimal \
sebulan sekali
a5 Anak usia 0-23 bulan dengan status gizi buruk, gizi kurang, dan stunting mendapat kunjungan ke rumah secara \
terpadu minimal 1 bulan sekali
a6 Rumah Tangga anak usia 0-23 bulan memiliki sarana akses air minum yang aman
a7 Rumah Tangga anak usia 0-23 bulan memiliki sarana jamban yang layak
a8 Anak usia 0-23 bulan memiliki akte kelahiran
a9 Anak usia 0-23 bulan memiliki jaminan layanan kesehatan
a10 Orang tua/pengasuh yang memiliki anak usia 0-23 bulan mengikuti Kelas Pengasuhan minimal sebulan sekali
p1 Anak usia 2-6 tahun terdaftar dan aktif mengikuti kegiatan layanan PAUD
""".splitlines()
# Whose months or ages are others than the title says, or who are counted by the person where it says households.
OTHERWISE = {"ih1", "ih2", "ih4", "ih6", "ih7", "a1", "a2", "a3", "a4", "a6", "a7", "a10", "p1"}


def test_titles__in_the_official_wording_and_order() -> None:
    assert [f"{one.code} {one.label_id}" for one in INDICATORS] == OFFICIAL


def test_notes__in_both_languages_under_the_rows_that_count_otherwise() -> None:
    assert {one.code for one in INDICATORS if one.note_id} == OTHERWISE
    assert {one.code for one in INDICATORS if one.note_en} == OTHERWISE
