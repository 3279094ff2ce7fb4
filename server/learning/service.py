"""What can be done to courses and with them. Importing this registers the handlers and what follows from the review flow."""

from __future__ import annotations

from server.learning import authoring, doing, pictures, reactions, record, tidying

assert authoring and doing and pictures and reactions and record and tidying
