"""What the figures are measured against: a handler that parses the same XML and inserts one row, and nothing else.

It runs under the same gunicorn configuration, with the same database engine, as the server itself.
"""

from __future__ import annotations

import os
import sys

from flask import Flask, Response, request
from sqlalchemy import Column, LargeBinary, MetaData, Table, Text, insert

from forms.submission import read_envelope
from server.database.engine import open_engine, writing
from server.serve import Server
from server.settings import read_settings

received = Table(
    "received",
    MetaData(),
    Column("instance_id", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)


_KEEP = insert(received)


def prepare(database_url: str) -> None:
    """Makes the one table."""
    engine = open_engine(database_url)
    received.metadata.create_all(engine)
    engine.dispose()


class Bare(Server):
    """The server's gunicorn with the bare handler inside."""

    def application(self) -> Flask:
        app = Flask(__name__)
        app.config["MAX_FORM_MEMORY_SIZE"] = None
        engine = open_engine(os.environ["DATABASE_URL"])

        @app.post("/submission")
        def take() -> Response:
            body = request.files["xml_submission_file"].read()
            with writing(engine) as connection:
                connection.execute(_KEEP, {"instance_id": read_envelope(body).instance_id, "body": body})
            return Response(status=201)

        @app.get("/healthz")
        def health() -> Response:
            return Response('{"status": "ok"}', content_type="application/json")

        return app


if __name__ == "__main__":
    settings = read_settings(os.environ)
    Bare(settings, sys.argv[2], settings.workers).run()
