"""What goes out to people who look at pages: in their language, with the head that every page has."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

from flask import Flask, Response, current_app, g, request, url_for
from flask_wtf.csrf import CSRFError, generate_csrf
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, NotFound, RequestEntityTooLarge

from forms.problems import Language, Problem, ProblemError, problem
from server.database.engine import reading
from server.database.errors import is_locked_out, without_rows
from server.http.context import backend, own_address
from server.http.sessions import visitor
from server.submissions.version_log import count_waiting
from templates.rendering import Frame, render

NO_SUCH_PAGE = Problem(
    "no-such-page",
    404,
    "Halaman {path} tidak ada. Kartu sebuah desa ada di /desa/ diikuti kodenya, misalnya /desa/11.01.01.2001.",
    "There is no page {path}. The card of a village is at /desa/ followed by its code, such as /desa/11.01.01.2001.",
)
WRONG_METHOD = Problem(
    "wrong-method",
    405,
    "Halaman {path} tidak dapat dibuka dengan cara ini. Buka lewat tautan atau tombol di halaman sebelumnya.",
    "The page {path} cannot be opened this way. Use the link or button on the page before it.",
)
STALE_FORM = Problem(
    "stale-form",
    400,
    "Formulir ini sudah terlalu lama terbuka, jadi tidak ada yang diubah. Kembali ke halamannya, muat ulang, lalu "
    "kirim lagi. Bila tetap begini, izinkan cookie di peramban Anda.",
    "This form was open for too long, so nothing was changed. Go back to its page, load it again and send it again. "
    "Allow cookies in your browser if it stays so.",
)
FORM_TOO_LARGE = Problem(
    "form-too-large",
    413,
    "Yang dikirim terlalu besar (paling banyak {most}), jadi tidak ada yang diubah. Persingkat isinya, atau "
    "kecilkan berkasnya, lalu kirim lagi.",
    "What was sent is too large (at most {most}), so nothing was changed. Shorten it, or make its files smaller, "
    "then send it again.",
)
UNREADABLE_FORM = Problem(
    "unreadable-form",
    400,
    "Permintaan ini tidak dapat dibaca server, jadi tidak ada yang diubah. Muat ulang halamannya, lalu coba lagi.",
    "The server could not read this request, so nothing was changed. Load the page again, then try again.",
)
SERVER_PROBLEM = Problem(
    "page-in-trouble",
    500,
    "Server sedang terganggu; datanya aman. Coba lagi beberapa menit lagi, dan bila tetap begini beri tahu admin.",
    "The server is in trouble; its data is safe. Try again in some minutes, and tell the admin if it stays so.",
)
SERVER_BUSY = Problem(
    "server-busy",
    503,
    "Server sedang sibuk; datanya aman, dan tidak ada yang diubah. Coba lagi sebentar lagi, dan bila tetap begini beri "
    "tahu admin.",
    "The server is busy; its data is safe, and nothing was changed. Try again in a moment, and tell the admin if it "
    "stays so.",
)

# The status of a page that shows its form again, with what was typed and why it was not taken.
AGAIN = 422
# Who decides which version of a form counts (pages/corrections.py).
DECIDERS = ("village_head", "admin")
# No script, nothing from elsewhere: even a name that slipped through the escaping could load nothing.
CONTENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def show(template: str, status: int = 200, **values: object) -> Response:
    """A page: its template gets these values, and `language`, `status`, `links` (a Frame), `csrf_field()` for forms,
    `same_page(name=value)` for links to itself with another choice.

    It is for the eyes of who asked: no cache keeps it.
    """
    every: dict[str, object] = {"status": status, "csrf_field": csrf_field, "same_page": same_page, **values}
    if "links" not in every:
        every["links"] = frame()
    html = render(template, asked_language(), **every)
    response = secured(Response(html, status))
    response.headers["Cache-Control"] = "no-store"
    return response


def secured(response: Response) -> Response:
    """The response with what tells a browser to trust nothing else."""
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def with_pictures(response: Response) -> Response:
    """The response, which shows pictures from this server as well."""
    response.headers["Content-Security-Policy"] = CONTENT_POLICY.replace("img-src", "img-src 'self'")
    return response


def refuse(error: ProblemError, village: str | None = None) -> Response:
    """A page that says in one sentence why there is nothing to see, and leads on; JSON where JSON was asked for.

    `village` is the address of the village that the page is about.
    """
    sentence = error.text(asked_language())
    if request.path.endswith(".json"):
        body = json.dumps({"code": error.code, "message": sentence}, ensure_ascii=False)
        response = secured(Response(body, error.status, mimetype="application/json"))
        response.headers["Cache-Control"] = "no-store"
        return response
    return show("error.html", error.status, sentence=sentence, village=village, back=_came_from())


def _came_from() -> str | None:
    """The page of ours from which a form was sent, so that nobody has to look for it again; None where none was, or the
    browser does not say."""
    came = urlsplit(request.referrer or "")
    if request.method != "POST" or came.netloc != request.host:
        return None
    return came.path + (f"?{came.query}" if came.query else "")


def explain_errors(app: Flask) -> None:
    """Registers sentences for whatever can go wrong with a page; the log of it names nobody."""
    app.logger.addFilter(without_rows)
    app.register_error_handler(ProblemError, refuse)
    app.register_error_handler(NotFound, lambda _: refuse(problem(NO_SUCH_PAGE, path=request.path[:80])))
    app.register_error_handler(MethodNotAllowed, lambda _: refuse(problem(WRONG_METHOD, path=request.path[:80])))
    app.register_error_handler(CSRFError, lambda _: refuse(problem(STALE_FORM)))
    app.register_error_handler(RequestEntityTooLarge, lambda _: refuse(_too_large()))
    app.register_error_handler(HTTPException, lambda _: refuse(problem(UNREADABLE_FORM)))
    app.register_error_handler(InternalServerError, _unexpected)


def _too_large() -> ProblemError:
    kilobytes = (request.max_content_length or 0) // 1024
    return problem(FORM_TOO_LARGE, most=f"{kilobytes // 1024} MB" if kilobytes >= 1024 else f"{kilobytes} KB")


def _unexpected(error: InternalServerError) -> Response:
    g.setdefault("visitor", None)  # it may be the database that fails: it is not asked who this is
    return refuse(problem(SERVER_BUSY if is_locked_out(error.original_exception) else SERVER_PROBLEM))


def csrf_field() -> Markup:
    """The hidden field that shows that a form was ours."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def csrf_token() -> str:
    """The same for a script of ours, which sends it in the header X-CSRFToken."""
    token: str = generate_csrf()
    return token


def default_language() -> Language:
    """The language where the address has no `?lang=`: the setting LOCALE."""
    found: Language = current_app.config["LANGUAGE"]
    return found


def asked_language() -> Language:
    """The language of `?lang=`, else the default; the browser's own wish is not asked, as few phones have it set."""
    match request.args.get("lang"):
        case "id":
            return "id"
        case "en":
            return "en"
        case _:
            return default_language()


def link(endpoint: str, **values: str) -> str:
    """The address of a page, in the language of this one."""
    language = asked_language()
    asked = {} if language == default_language() else {"lang": language}
    return url_for(endpoint, **values, **asked)  # type: ignore[arg-type] # the path's parts, not flags


def elsewhere(endpoint: str, **values: str) -> str:
    """The full address of a page, for whoever shows it elsewhere."""
    return own_address() + link(endpoint, **values)


def same_page(**changes: str | None) -> str:
    """The address of this page with other choices in its query; a choice that is None is left out."""
    asked = {name: value for name, value in {**request.args.to_dict(), **changes}.items() if value is not None}
    return quote(request.root_path + request.path) + (f"?{urlencode(asked)}" if asked else "")


def same_query(endpoint: str) -> str:
    """The address of another page with the query of this one."""
    return url_for(endpoint) + (f"?{urlencode(request.args.to_dict())}" if request.args else "")


def frame() -> Frame:
    """The head of this page: in the other language, to the list of villages, in or out."""
    found = visitor()
    links = Frame(other=_other(), home=link("scorecards.home"))
    if found is None:
        return replace(links, enter=link("login.enter"))
    rooms, desk = tuple(current_app.extensions["rooms"](found)), tuple(current_app.extensions["desk"](found))
    decided_in = next((code for name, code in rooms if name == "corrections.all_roots"), None)
    links = replace(
        links,
        who=found.name,
        account=link("login.account"),
        leave=link("login.leave"),
        rooms=tuple(_room(name, code) for name, code in rooms),
        to_desk=link(desk[0]) if desk else None,
        desk=tuple((name, link(name), name == request.endpoint) for name in desk),
    )
    if decided_in is None or found.role not in DECIDERS:
        return links
    with reading(backend().engine) as connection:
        waiting, pairs = count_waiting(connection, decided_in), backend().pairs.of(connection, decided_in)
    return replace(
        links,
        waiting=waiting,
        decide=link("corrections.all_roots", code=decided_in),
        pairs=pairs,
        decide_pairs=link("duplicates.all_duplicates", code=decided_in),
    )


def _room(endpoint: str, code: str) -> tuple[str, str, bool]:
    return endpoint.partition(".")[2], link(endpoint, code=code), endpoint == request.endpoint


def _other() -> str:
    """This page in the other language; the list of villages where there is no such page."""
    other = "en" if asked_language() == "id" else "id"
    asked = {name: value for name, value in request.args.items() if name != "lang"}
    if other != default_language():
        asked["lang"] = other
    path = request.path if request.url_rule else url_for("scorecards.home")
    return quote(request.root_path + path) + (f"?{urlencode(asked)}" if asked else "")
