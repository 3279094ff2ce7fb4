"""One's path, wish and certificates, from HQ's rows and what was said here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contract.growth import CareerRow, PathRow, SayWish
from mobile.core.learning_rows import Known, both
from mobile.core.overlay import Laid, Overlay
from mobile.core.views_hq import At
from mobile.core.views_learning import CareerLine, CareerPage, CertificateCard, PathChoice, StageCard

VERIFY_PATH: Final = "/verify/"


def page(
    mine: CareerRow | None, paths: Sequence[PathRow], wish: Laid[SayWish] | None, known: Known, overlay: Overlay
) -> CareerPage:
    """My wish is the newest word, here or at HQ."""
    row = mine or CareerRow(id="", person_id=known.reader.person_id)
    shown = CareerPage(
        name=both(row.name_zh, row.name_en) if row.path_id is not None else None,
        month=row.month,
        stages=tuple(
            StageCard(
                stage.key,
                both(stage.title_zh, stage.title_en),
                stage.from_month,
                stage.to_month,
                stage.when,
                tuple(
                    CareerLine(item.kind, item.met, both(item.title_zh, item.title_en), item.course_id, item.have, item.need)
                    for item in stage.items
                ),
            )
            for stage in row.stages
        ),
        missing=tuple(both(zh, en) for zh, en in zip(row.missing_zh, row.missing_en, strict=False)),
        wish=row.wish,
        wish_note=row.wish_note,
        wished=known.reader.at(row.wished_ms),
        promoted_on=row.promoted_on,
        paths=tuple(PathChoice(one.id, both(one.name_zh, one.name_en)) for one in sorted(paths, key=lambda one: one.name_zh)),
    )
    return shown if wish is None else _with_wish(shown, wish, known, overlay)


def _with_wish(shown: CareerPage, wish: Laid[SayWish], known: Known, overlay: Overlay) -> CareerPage:
    way = overlay.on_its_way(wish.entry, "submit")
    if not wish.counts:
        return CareerPage(**(vars(shown) | {"on_its_way": way}))
    said = {
        "wish": wish.row.wish,
        "wish_path": wish.row.path_id,
        "wish_note": wish.row.note,
        "wished": known.reader.at(wish.entry.made_ms),
    }
    return CareerPage(**(vars(shown) | said | {"on_its_way": way}))


def certificates(known: Known, name: str, server_url: str) -> tuple[CertificateCard, ...]:
    """The newest first. Everything on it is printed: it needs no signal to be shown."""
    rows = sorted(known.certificates, key=lambda row: (-row.issued_ms, row.id))
    return tuple(
        CertificateCard(
            certificate_id=row.id,
            course_id=row.course_id,
            title=both(row.title_zh, row.title_en),
            person_name=name,
            issued=known.reader.at(row.issued_ms) or At(row.issued_ms, "", ""),
            percent=row.percent,
            code=row.code,
            link=f"{server_url.rstrip('/')}{VERIFY_PATH}{row.code}",
        )
        for row in rows
    )
