"""The production server: gunicorn with sync workers, which end what they are doing before they stop."""

from __future__ import annotations

from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from server.app import create_app
from server.settings import Settings

# Seconds: a phone may send 100 MB over 2G; a worker that stops gets time to finish what it holds.
REQUEST_TIMEOUT = 300
GRACE = 30
# The integrity check asks for many ids in one address.
REQUEST_LINE = 8190


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    """gunicorn, configured from our settings alone."""

    def __init__(self, settings: Settings, bind: str, workers: int) -> None:
        self._settings = settings
        self._options: dict[str, Any] = {
            "bind": bind,
            "workers": workers,
            "timeout": REQUEST_TIMEOUT,
            "graceful_timeout": GRACE,
            "limit_request_line": REQUEST_LINE,
            "keepalive": 5,
            "accesslog": None,
            "loglevel": "warning",
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        # In each worker, after the fork: connections are not shared between processes.
        return create_app(self._settings)


def serve(settings: Settings, bind: str, workers: int) -> None:
    """Serves until SIGTERM or SIGINT, then lets running requests end."""
    Server(settings, bind, workers).run()
