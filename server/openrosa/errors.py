"""What phones are told when something is wrong: always OpenRosa XML with a sentence, in the server's language."""

from __future__ import annotations

from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from forms.problems import Problem, ProblemError, problem
from server.http.context import backend
from server.openrosa import documents

WRONG_TOKEN = Problem(
    "wrong-token",
    403,
    "HP ini tidak dikenal server (token salah atau dicabut). Minta kode QR baru kepada admin, lalu pindai di "
    "ODK Collect. Isian di HP tetap aman.",
    "This phone is not known here (its token is wrong or revoked). Ask the admin for a new QR code and scan it in "
    "ODK Collect. What is on the phone stays safe.",
)
NO_XML_PART = Problem(
    "no-xml-part",
    400,
    "Kiriman ini tidak memuat xml_submission_file. Kirim isian lewat ODK Collect.",
    "This request has no xml_submission_file. Send submissions with ODK Collect.",
)
TOO_LARGE = Problem(
    "too-large",
    413,
    "Kiriman lebih besar dari {limit} MB. Kecilkan foto (pengaturan ODK Collect: ukuran gambar kecil), lalu kirim "
    "lagi.",
    "The request is larger than {limit} MB. Make photos smaller (ODK Collect settings: image size small) and send "
    "again.",
)
NOT_HERE = Problem(
    "not-here",
    404,
    "Berkas ini tidak ada di server. Perbarui daftar formulir di ODK Collect, lalu coba lagi.",
    "This file is not on the server. Refresh the form list in ODK Collect and try again.",
)
SERVER_TROUBLE = Problem(
    "server-trouble",
    503,
    "Server sedang terganggu. Isian aman di HP; kirim lagi nanti.",
    "The server is in trouble. What is on the phone is safe; send again later.",
)
BAD_REQUEST = Problem(
    "bad-request",
    400,
    "Permintaan ini tidak dapat dibaca server ({reason}). Coba kirim lagi.",
    "The server could not read this request ({reason}). Try again.",
)

TOO_SLOW = Problem(
    "too-slow",
    408,
    "Kiriman ini datang terlalu lambat dan terputus. Isian aman di HP; kirim lagi di tempat dengan sinyal yang lebih "
    "baik.",
    "This request came in too slowly and was broken off. What is on the phone is safe; send again where the signal is "
    "better.",
)


def answer_errors_in_xml(pages: Blueprint) -> None:
    """Registers the handlers that turn every failure of these pages into a message that Collect can show."""
    pages.register_error_handler(ProblemError, _refused)
    pages.register_error_handler(RequestEntityTooLarge, _too_large)
    pages.register_error_handler(SQLAlchemyError, _unexpected)
    pages.register_error_handler(HTTPException, _no_such_request)
    pages.register_error_handler(Exception, _unexpected)


def xml_answer(content: bytes, status: int = 200) -> Response:
    return Response(content, status=status, content_type="text/xml; charset=utf-8")


def _refused(error: ProblemError) -> Response:
    return xml_answer(documents.message(error.text(backend().settings.locale)), error.status)


def _too_large(_error: RequestEntityTooLarge) -> Response:
    return _refused(problem(TOO_LARGE, limit=backend().settings.max_upload // 1024 // 1024))


def _unexpected(error: Exception) -> Response:
    current_app.logger.error("a phone's request failed", exc_info=error)  # explain_errors keeps rows out of it
    return _refused(problem(SERVER_TROUBLE))


def _no_such_request(error: HTTPException) -> Response:
    answer = _refused(problem(BAD_REQUEST, reason=error.description))
    answer.status_code = error.code or 400
    return answer
