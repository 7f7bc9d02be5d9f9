"""What can be wrong in an expression of the indicator workbook, said in both languages with what to write instead."""

from __future__ import annotations

from forms.problems import Problem

EMPTY = Problem(
    "rule.empty",
    400,
    "Aturannya kosong. Tulis misalnya ${{usia_bulan}} >= 6, atau true() kalau selalu berlaku.",
    "The rule is empty. Write for example ${{usia_bulan}} >= 6, or true() if it always holds.",
)
TOO_LONG = Problem(
    "rule.too_long",
    400,
    "Aturannya {length} karakter, paling banyak {most}. Sederhanakan aturannya.",
    "The rule has {length} characters, at most {most} are allowed. Make it simpler.",
)
TOO_DEEP = Problem(
    "rule.too_deep",
    400,
    "Aturannya bersusun lebih dari {most} lapis (tanda kurung, atau syarat yang disambung). Kurangi; banyak pilihan "
    "bisa ditulis sekaligus: selected('kurang buruk stunting', ${{status_gizi}}).",
    "The rule is nested more than {most} levels deep (brackets, or conditions joined to one another). Use fewer; many "
    "choices can be written at once: selected('kurang buruk stunting', ${{status_gizi}}).",
)
QUOTE_OPEN = Problem(
    "rule.quote_open",
    400,
    "Tanda petik {symbol} di karakter ke-{at} tidak punya pasangan. Apit setiap teks dengan dua tanda petik lurus: "
    "'ya'.",
    "The quote {symbol} at character {at} has no partner. Put each text between two straight quotes: 'ya'.",
)
QUOTE_CURVED = Problem(
    "rule.quote_curved",
    400,
    "Tanda petik {symbol} di karakter ke-{at} melengkung (kebiasaan Excel dan Word). Tulis petik lurus: 'ya'.",
    "The quote {symbol} at character {at} is curved (a habit of Excel and Word). Write straight quotes: 'ya'.",
    "{straight}",
)
WRONG_SYMBOL = Problem(
    "rule.wrong_symbol",
    400,
    "“{symbol}” di karakter ke-{at} tidak dikenal dalam aturan. Tulis {instead}",
    "“{symbol}” at character {at} is not known in a rule. Write {instead}",
)
PATH = Problem(
    "rule.path",
    400,
    "“{symbol}” di karakter ke-{at}: alamat isian seperti /data/usia tidak dipakai. Tulis ${{usia_bulan}}; untuk "
    "membagi, tulis div.",
    "“{symbol}” at character {at}: paths such as /data/usia are not used. Write ${{usia_bulan}}; to divide, write div.",
)
BARE_NAME = Problem(
    "rule.bare_name",
    400,
    "“{name}” di karakter ke-{at} bukan isian dan bukan teks. Kalau isian, tulis ${{{name}}}; kalau teks, tulis "
    "'{name}'.",
    "“{name}” at character {at} is neither a field nor a text. If it is a field, write ${{{name}}}; if it is a text, "
    "write '{name}'.",
)
BAD_NAME = Problem(
    "rule.bad_name",
    400,
    "“{symbol}” di karakter ke-{at} bukan nama isian. Tulis ${{nama_isian}}: huruf, angka dan garis bawah, tanpa "
    "spasi.",
    "“{symbol}” at character {at} is no field's name. Write ${{field_name}}: letters, digits and underscores, no "
    "spaces.",
)
UNKNOWN_NAME = Problem(
    "rule.unknown_name",
    400,
    "Nama ${{{name}}} tidak dikenal untuk sasaran ini. {hint_id}Lihat daftar nama di lembar “nama”.",
    "The name ${{{name}}} is not known for this target. {hint_en}See the list of names on the sheet “nama”.",
)
UNKNOWN_FUNCTION = Problem(
    "rule.unknown_function",
    400,
    "Fungsi {name}() di karakter ke-{at} tidak dikenal. {hint_id}Yang ada: {known}.",
    "The function {name}() at character {at} is unknown. {hint_en}There are: {known}.",
)
ARGUMENTS = Problem(
    "rule.arguments",
    400,
    "{name}() di karakter ke-{at} perlu {count} bagian di dalam kurungnya, tidak kurang dan tidak lebih, dipisahkan "
    "koma. Contoh: {example}",
    "{name}() at character {at} takes {count} parts in its brackets, no fewer and no more, separated by commas. "
    "Example: {example}",
)
BRACKET_OPEN = Problem(
    "rule.bracket_open",
    400,
    "Kurang {count} kurung tutup. Tambahkan “)” untuk setiap “(” yang belum ditutup.",
    "{count} closing bracket(s) missing. Add a “)” for each “(” that is still open.",
)
BRACKET_CLOSE = Problem(
    "rule.bracket_close",
    400,
    "Kelebihan {count} kurung tutup. Hapus “)” yang tidak punya “(”.",
    "{count} closing bracket(s) too many. Remove each “)” that has no “(”.",
)
COMPARISON = Problem(
    "rule.comparison",
    400,
    "“{near}” di karakter ke-{at}: satu perbandingan punya satu isian di kiri dan satu di kanan. Sambung dua "
    "perbandingan dengan and: ${{usia_bulan}} >= 6 and ${{usia_bulan}} < 24.",
    "“{near}” at character {at}: a comparison has one thing on its left and one on its right. Join two comparisons by "
    "and: ${{usia_bulan}} >= 6 and ${{usia_bulan}} < 24.",
)
COMMA = Problem(
    "rule.comma",
    400,
    "Koma di karakter ke-{at} tidak bisa di sini. Koma memisahkan bagian di dalam fungsi; angka desimal memakai titik: "
    "2.5.",
    "The comma at character {at} cannot stand here. Commas separate the parts of a function; decimals take a "
    "point: 2.5.",
)
UNEXPECTED = Problem(
    "rule.unexpected",
    400,
    "“{near}” di karakter ke-{at} tidak bisa di sini. Periksa apakah sebelumnya kurang and, or, koma, atau tanda "
    "seperti =, atau hapus.",
    "“{near}” at character {at} cannot stand here. Check whether and, or, a comma or a sign such as = is missing "
    "before it, or remove it.",
)
UNFINISHED = Problem(
    "rule.unfinished",
    400,
    "Aturannya terputus sesudah “{near}”. Lengkapi bagian yang kurang, atau hapus tanda terakhir.",
    "The rule breaks off after “{near}”. Add what is missing, or remove the last sign.",
)
BAD_NUMBER = Problem(
    "rule.bad_number",
    400,
    "Angka “{number}” di karakter ke-{at} tidak bisa dipakai. Tulis angka biasa di bawah satu triliun, tanpa huruf E.",
    "The number “{number}” at character {at} cannot be used. Write a plain number below 1,000,000,000,000, without E.",
)

NOT_A_CONDITION = Problem(
    "rule.not_a_condition",
    400,
    "“{part}” adalah {kind_id}, padahal di sini perlu syarat (benar atau salah). Tulis {instead}",
    "“{part}” is {kind_en}, but a condition (true or false) is needed here. Write {instead}",
)
NOT_A_NUMBER = Problem(
    "rule.not_a_number",
    400,
    "“{part}” adalah {kind_id}, padahal di sini perlu angka. Tulis {instead}",
    "“{part}” is {kind_en}, but a number is needed here. Write {instead}",
)
NOT_A_TEXT = Problem(
    "rule.not_a_text",
    400,
    "“{part}” adalah {kind_id}, padahal di sini perlu teks (jawaban pilihan). Bandingkan saja, misalnya {instead}",
    "“{part}” is {kind_en}, but a text (chosen answers) is needed here. Compare it instead, for example {instead}",
)
TEXT_ORDER = Problem(
    "rule.text_order",
    400,
    "“{part}” membandingkan teks dengan {operator}, padahal teks hanya bisa sama (=) atau beda (!=). Kalau isinya "
    "angka, tulis {instead}",
    "“{part}” compares texts by {operator}, but texts can only be equal (=) or different (!=). If it holds numbers, "
    "write {instead}",
)
TEXT_WITH_NUMBER = Problem(
    "rule.text_with_number",
    400,
    "“{part}” membandingkan teks dengan angka. Tulis {instead}",
    "“{part}” compares a text with a number. Write {instead}",
)
NO_NUMBER_IN_QUOTES = Problem(
    "rule.no_number_in_quotes",
    400,
    "“{part}” membandingkan angka dengan teks {text}, yang tidak pernah sama. Tulis angka tanpa petik, misalnya "
    "{instead}",
    "“{part}” compares a number with the text {text}, which never match. Write a number without quotes, for example "
    "{instead}",
)
DATE_WITH_OTHER = Problem(
    "rule.date_with_other",
    400,
    "“{part}” membandingkan tanggal dengan sesuatu yang bukan tanggal. Tulis tanggal sebagai 'tahun-bulan-hari', "
    "misalnya {instead}",
    "“{part}” compares a date with what is none. Write a date as 'year-month-day', for example {instead}",
)
CONDITION_COMPARED = Problem(
    "rule.condition_compared",
    400,
    "“{part}” membandingkan sebuah syarat dengan sesuatu yang lain. Pakai syaratnya langsung, sambung dengan and atau "
    "or, atau balik dengan not().",
    "“{part}” compares a condition with something else. Use the condition as it is, join it by and or or, or turn it "
    "round with not().",
)
DIFFERENT_KINDS = Problem(
    "rule.different_kinds",
    400,
    "Kedua isi {name}() harus sejenis, tetapi “{left}” adalah {left_id} dan “{right}” adalah {right_id}. Samakan "
    "jenisnya.",
    "Both values of {name}() must be of one kind, but “{left}” is {left_en} and “{right}” is {right_en}. Make them "
    "alike.",
)
