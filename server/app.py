"""The composition root of the web server: puts store, OpenRosa pages and scorecards together. Sees all rooms."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, request
from sqlalchemy.exc import SQLAlchemyError

from aggregate.service.areas import StoredAreas
from aggregate.service.cards import StoredCards
from aggregate.service.meetings import StoredMeetings
from aggregate.service.one_file import StoredFiles
from aggregate.service.papers import StoredPapers
from aggregate.service.performances import StoredPerformances
from aggregate.service.promises import StoredPromises
from aggregate.service.traces import StoredTraces
from scorecards.shares import Thresholds
from server.accounts import access_log, ended_sessions, users
from server.accounts.users import User
from server.cards import seen
from server.cards.areas import area_pages
from server.cards.open_data import open_data_pages
from server.cards.packs.meetings import meeting_pages
from server.cards.packs.one_file import file_pages
from server.cards.packs.poster import pack_pages
from server.cards.paper import paper_pages
from server.cards.pictures import picture_pages
from server.cards.promises import promise_pages
from server.cards.signing import signing_pages
from server.cards.trace import trace_pages
from server.cards.village import scorecard_pages
from server.clock import wall_clock
from server.database.engine import data_folder, open_engine, reading, writing
from server.database.upgrade import require_current
from server.desk.every import DESK_PAGES
from server.entry import assets, household_map, preview, web_entry
from server.http.access import catch_up_first, for_members, guard, public
from server.http.context import Backend, serve_with
from server.http.plain_requests import refuse_control_characters
from server.http.responses import explain_errors
from server.http.secret_key import kept_secret
from server.http.sessions import keep_sessions
from server.http.signatures import Signer
from server.openrosa import routes
from server.pages import access_log as access_log_page
from server.pages import by_hand, corrections, duplicates, login, people, transfers, worklist
from server.pages.officers import kpm_pages
from server.phones import phones
from server.publications.form_versions import FormCache
from server.settings import Settings
from server.submissions.attachments import AttachmentStore
from server.submissions.inbox import waiting

# Answers below this many bytes fit a packet or two; squeezing them saves nothing.
WORTH_SQUEEZING = 1000


def create_app(settings: Settings, clock: Callable[[], datetime] = wall_clock) -> Flask:
    """The web application; no connection to its database is open. Raises ProblemError where that is not prepared."""
    app = Flask(__name__, static_folder=None)
    app.config["LANGUAGE"] = settings.locale
    app.config[seen.SETTING] = settings.small_counts_hidden
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload
    engine, cache = open_engine(settings.database_url), FormCache()
    with reading(engine) as connection:
        require_current(connection)
        cache.current(connection)
    engine.dispose()  # a process that is forked from this one opens connections of its own
    attachments = AttachmentStore(settings.attachments_url)
    attachments.clear_partial(clock())
    backend = Backend(engine, cache, attachments, settings, clock)
    serve_with(app, backend)
    refuse_control_characters(app)
    app.register_blueprint(routes.pages)
    cards = StoredCards(engine, lambda: backend.today, settings.timezone)
    mark = public if settings.public_scorecards else for_members
    thresholds = Thresholds(*settings.thresholds)
    traces = StoredTraces(cards)
    app.register_blueprint(scorecard_pages(cards, thresholds, mark))
    areas = StoredAreas(engine, lambda: backend.today, settings.timezone, thresholds)
    app.register_blueprint(area_pages(areas, thresholds, mark))
    papers = StoredPapers(engine, lambda: backend.today)
    app.register_blueprint(paper_pages(papers, mark))
    app.register_blueprint(signing_pages(papers, shows_figures=settings.public_scorecards))
    app.register_blueprint(picture_pages(cards, areas, thresholds, mark))
    app.register_blueprint(open_data_pages(areas, settings.data_licence, mark))
    promises = StoredPromises(cards, engine, lambda: backend.today)
    app.register_blueprint(promise_pages(promises, mark))
    app.register_blueprint(meeting_pages(StoredMeetings(cards), thresholds, mark))
    app.register_blueprint(trace_pages(traces, thresholds, mark))
    app.register_blueprint(pack_pages(cards, thresholds, mark))
    signer = Signer(data_folder(settings.database_url))
    app.register_blueprint(file_pages(cards, StoredFiles(cards), signer, thresholds, mark))
    app.register_blueprint(login.pages)
    app.register_blueprint(access_log_page.pages)
    app.register_blueprint(worklist.pages)
    for area in DESK_PAGES:
        app.register_blueprint(area)
    for area in (people, by_hand, duplicates, transfers, corrections, assets, household_map, preview, web_entry):
        app.register_blueprint(area.pages)
    app.register_blueprint(kpm_pages(StoredPerformances(engine, settings, lambda: backend.today), cards))
    _add_health(app, backend)
    app.after_request(squeezed)
    app.after_request(taken_as_it_says)
    _add_doors(app, backend)
    return app


def _add_doors(app: Flask, backend: Backend) -> None:
    """Sessions, and the guard before every route: after all of them."""
    settings, engine = backend.settings, backend.engine

    def find(session_key: str, session_id: str) -> User | None:
        with reading(engine) as connection:
            return users.find_by_session(connection, session_key, session_id)

    def note_end(session_id: str, forget_at: datetime) -> None:
        with writing(engine) as connection:
            ended_sessions.end(connection, session_id, forget_at, backend.clock())

    def record(user: User, village: str, page: str, entity_id: str | None) -> None:
        with writing(engine) as connection:
            access_log.record(connection, village, user.email, page, entity_id, backend.clock())

    def holds_all(region: str) -> bool:
        with reading(engine) as connection:
            return phones.all_lie_in(connection, region)

    secret_key = settings.secret_key or kept_secret(data_folder(settings.database_url))
    https = settings.base_url.startswith("https://")
    keep_sessions(app, secret_key, find, backend.clock, note_end, https=https)
    explain_errors(app)
    guard(app, record, holds_all)
    catch_up_first(app, backend.catch_up)


def _add_health(app: Flask, backend: Backend) -> None:
    @app.get("/healthz")
    @public
    def health() -> Response:
        try:
            with reading(backend.engine) as connection:
                inbox = waiting(connection, backend.clock())
        except SQLAlchemyError:
            app.logger.exception("health check: no database")
            return Response(json.dumps({"status": "no database"}), 503, content_type="application/json")
        since = inbox.since.isoformat(timespec="seconds") if inbox.since else None
        answer = {"status": "ok", "waiting": inbox.count, "waiting_since": since, "late_villages": inbox.late}
        return Response(json.dumps(answer), content_type="application/json")


def taken_as_it_says(response: Response) -> Response:
    """The response, which no browser shall take for something else than its Content-Type says."""
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def squeezed(response: Response) -> Response:
    """The response in gzip where the client takes it; whole, with its Content-Length, as Collect needs it for lists.
    What is made while it goes out stays as it is."""
    as_it_is = "Content-Encoding" in response.headers or response.is_streamed
    if as_it_is or not (response.mimetype or "").startswith(("text/", "application/json")):
        return response
    # No cache keeps the answer to a POST, and a private one is that of one client, which always asks alike.
    if request.method != "POST" and not response.cache_control.private:
        response.vary.add("Accept-Encoding")
    worth_it = response.status_code == 200 and len(response.get_data()) >= WORTH_SQUEEZING
    if worth_it and request.accept_encodings.best_match(["gzip", "identity"], default="identity") == "gzip":
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
