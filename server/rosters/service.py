"""Loads what registers the operations of rosters and what follows from others."""

from __future__ import annotations

from server.rosters import cells, confirming, demand, drafts, filed, profiles, publishing, reactions, skilled

assert cells and confirming and demand and drafts and filed and profiles and publishing and reactions and skilled
