"""Which rows the log vouches for: all there are, but for what is listed here with its reason.

A table that a later release adds is watched without anybody thinking of it. Who writes its rows past the ORM says so with
`Work.insert` or `witness.note_row`; who forgets that is found by `outpost audit verify` in the tests.
"""

from __future__ import annotations

from server.kernel.db import Base
from server.kernel.witness import witnessed
from server.migrate import every_model

NOT_WATCHED: dict[str, str] = {
    "audit_pending": "what is not in the tree yet",
    "audit_leaf": "the tree itself",
    "audit_tile": "the tree itself",
    "audit_tree": "the tree itself",
    "audit_head": "signed by itself, and compared with the tree",
    "audit_restart": "signed by itself, and compared with the tree",
    "audit_run": "what a comparison found: how far one is moves all the time",
    "sync_feed": "positions of the feed: each device compares them with what it holds",
    "sync_tx": "positions of the feed: each device compares them with what it holds",
    "sync_change": "positions of the feed: each device compares them with what it holds",
    "board_row": "derived: states of the running day, made anew from punches, plans and leave",
    "board_count": "derived: how many of a store's board rows say what",
    "board_sum": "derived: what all stores' lines come to",
    "board_change": "whose board rows are to be made anew",
    "board_mark": "whether the board's rows have been made",
    "job": "work that is still to be done",
    "delivery": "what is still to be sent of items, which are watched, and how it went: moves with each try",
    "push_subscription": "browsers that want to be told: they come and go with their push service",
    "web_session": "who is signed in just now; signing in is an operation",
    "sign_in_try": "wrong passwords of the last days; counted, then thrown away",
    "device_chain": "moves with every sync; what it says is in each device's own signed chain",
    "device_hour": "an hour in which a tablet was heard of",
    "work_day": "computed from punches, corrections, duties, leave and rules, which are watched: it can be made again",
    "work_part": "a store's part of such a day, made with it",
    "dirty_day": "which days are still to be computed",
    "lieu_credit": "follows the day whose overtime is given back: it can be made again",
    "late_change": "computed like the day it is about",
    "training_onboarding": "what somebody still needs at a store, made anew of packs, standings, the record and the first punch",
    "ticket_words": "what tickets are found by, out of their rows, which are watched",
    "announcement_readers": "how many have read at a store, counted anew of the receipts, which are watched",
    "recommendation": "follows from rules, values, standings and posts, which are watched: it can be made again",
    "career": "where somebody stands, made anew of paths, wishes and standings, which are watched",
    "roster_worker": "what devices judge one person's shifts by, made anew of rows that are watched",
    "roster_store_profile": "the rules of a store as devices read them, made anew of profiles and where they count",
    "roster_kit": "kinds of shifts and roles as desks offer them, made anew of templates and skills",
    "roster_stretch": "the windows of published shifts once more, for the database to compare",
    "roster_proposal_run": "how far a proposal is and the best so far: asked for again it is made again",
    "duty": "what people are due, computed anew from templates, patterns and planned days, which are watched",
    "calendar_event": "derived: what a calendar was last told, made anew from published shifts and duties",
    "course_progress": "how far people are, made anew from what they did, which is watched",
    "recall": "names of questions that are asked again: what was answered is watched",
    "device_scope": "what a device was given and has given back; the server computes it anew at each sync",
}


def watch() -> None:
    """Register every table. Called once all models are there."""
    every_model()
    for mapper in Base.registry.mappers:
        if mapper.class_.__tablename__ not in NOT_WATCHED:
            witnessed(mapper.class_)


watch()
