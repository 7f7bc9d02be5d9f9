"""Answers that caches keep and ask after each time: cards change with the next visit that comes in."""

from __future__ import annotations

from flask import Response, g, request

from server.http.responses import secured


def kept_fresh(response: Response) -> Response:
    """The response with its ETag; empty, with 304, where the client has it already."""
    if response.status_code == 200:
        secured(response)
        response.cache_control.no_cache = True
        # With a name at its head it is for one person's browser.
        response.cache_control.private = True if g.get("visitor") else None
        response.add_etag()
        response.make_conditional(request)
    return response
