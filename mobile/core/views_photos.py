"""What screens may know of a photo or file that others made: whether it is here, on its way, or has to be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.announcements import FileKind

PhotoState = Literal["here", "coming", "unasked", "missing"]


@dataclass(frozen=True)
class PhotoCard:
    """A photo of a ticket or a request, or an attachment of a notice. `size` 0: not known. `missing`: it was asked for, and HQ
    does not have it yet. A PDF is shown by its first `pages`, of `page_count`; its state is theirs together, its size their
    sum; without pages nothing here can show it."""

    sha: str
    state: PhotoState
    name: str = ""
    media: FileKind = "image/jpeg"
    size: int = 0
    pages: tuple[PhotoCard, ...] = ()
    page_count: int = 0
