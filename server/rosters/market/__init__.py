"""The shift market: claims, offers, swaps, availability and wishes, sick calls, loans between stores, calendar feeds."""
