"""All pages of the desk."""

from __future__ import annotations

from server.desk import register, start
from server.desk.field import digest, phone_cards, phones, regions
from server.desk.people import audit, bulk_accounts, users
from server.desk.received import photos, submission, submissions
from server.desk.workbooks import checks, form_drafts, forms, rules

DESK_PAGES = tuple(
    area.pages
    for area in (
        audit,
        bulk_accounts,
        checks,
        digest,
        form_drafts,
        forms,
        phone_cards,
        phones,
        photos,
        register,
        regions,
        rules,
        start,
        submission,
        submissions,
        users,
    )
)
