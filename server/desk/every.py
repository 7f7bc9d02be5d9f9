"""All pages of the desk."""

from __future__ import annotations

from server.desk import (
    audit,
    bulk_accounts,
    digest,
    form_drafts,
    forms,
    phone_cards,
    phones,
    photos,
    regions,
    rules,
    submission,
    submissions,
    users,
)

DESK_PAGES = tuple(
    area.pages
    for area in (
        audit,
        bulk_accounts,
        digest,
        form_drafts,
        forms,
        phone_cards,
        phones,
        photos,
        regions,
        rules,
        submission,
        submissions,
        users,
    )
)
