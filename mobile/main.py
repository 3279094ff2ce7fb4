"""Starts a face: `python -m mobile.main --face phone|kiosk`. On Android python-for-android calls the same `main`."""

from __future__ import annotations

import argparse
import os
import sys
import time
import webbrowser
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mobile.core.ports import Ports
    from mobile.ui.app import Abilities, OutpostApp

STARTED = time.perf_counter()
SIZES = {"phone": (412, 915), "kiosk": (1280, 800)}
FRAMES_PER_S = 45  # smooth enough for short slides; every frame more is paid for by the battery
WAIT_FOR_SERVICE_S = 5.0

Face = Literal["phone", "kiosk"]


def main(argv: Sequence[str] | None = None) -> int:
    wanted = _wanted(sys.argv[1:] if argv is None else argv)
    folder: Path = wanted.folder or Path.home() / ".outpost" / wanted.face
    if not is_android():
        prepare_window(*wanted.size or SIZES[wanted.face])

    from mobile.core.store_lock import StoreLock

    with StoreLock(folder) as lock:
        if not _is_free(lock.take):
            from contract.messages import say

            print(say(wanted.language or "en", "ui.in_use", folder=folder), file=sys.stderr)
            return 2
        app, worker = build(wanted.face, folder, _ports(folder), server=wanted.server, language=wanted.language)
        if wanted.report:
            app.on_usable = lambda: print(f"usable_s={time.perf_counter() - STARTED:.2f}", flush=True)
        line = listening(worker)
        worker.start()
        line.start()
        try:
            app.run()
        finally:
            line.stop()
            worker.stop()
    return 0


def listening(worker: Any) -> Any:
    """The line of news for a core: what comes makes a sync due."""
    from mobile.core.hint_line import HintLine

    return HintLine(
        lambda told: worker.ask(lambda core: core.news(), told, lambda _bad: told(None)),
        lambda: worker.ask(lambda core: core.news(came=True)),
    )


def build(
    face: Face,
    folder: Path,
    ports: Ports,
    *,
    server: str = "",
    language: str | None = None,
    syncs: bool = True,
    abilities: Callable[[Any], Abilities] | None = None,
) -> tuple[OutpostApp, Any]:
    """A face over a real core. The worker is not started: whoever runs the app does that, and stops it."""
    from mobile.core.app_core import AppCore
    from mobile.core.worker import Worker
    from mobile.devices.preferences_file import PreferencesFile
    from mobile.ui.app import OutpostApp
    from mobile.ui.bridge import UiAsks, UiTimers
    from mobile.viewmodels.face import FaceModel
    from mobile.viewmodels.preferences import Preferences

    core = AppCore(folder, ports, face)
    worker = Worker(core, syncs=syncs)
    asks = UiAsks(worker)
    able = abilities(asks) if abilities is not None else abilities_here(asks, face)
    first = Preferences(language="en" if language == "en" else "zh")
    keeps = PreferencesFile(folder)
    if language is not None:
        keeps.keep({**keeps.load(), "language": language})
    model = FaceModel(face, asks, UiTimers(), keeps, server=server, can_scan=able.read_qr is not None, first=first)
    app = OutpostApp(model, able)
    core.changed = app.on_core_changed
    return app, worker


def abilities_here(asks: Any, face: Face) -> Abilities:
    """What this device can do beside the core."""
    from mobile.devices.qr import qr_matrix
    from mobile.ui.app import Abilities
    from mobile.ui.wall import Wall

    wall = Wall(asks)
    if is_android():
        from mobile.devices.android_look import system_is_dark
        from mobile.devices.android_qr import read_qr
        from mobile.devices.android_start import begin

        context = _activity()
        return Abilities(qr_matrix, wall.now_s, read_qr, system_is_dark(context), lambda: begin(context, face), webbrowser.open)
    return Abilities(qr_matrix, wall.now_s, _desktop_reader(), open_link=webbrowser.open)


def prepare_window(width: int, height: int) -> None:
    """Kivy reads these when it is first imported. Arguments are ours, not its own."""
    os.environ.setdefault("KIVY_NO_ARGS", "1")
    os.environ.setdefault("KIVY_NO_FILELOG", "1")
    os.environ.setdefault("KIVY_NO_CONFIG", "1")
    os.environ.setdefault("KIVY_LOG_MODE", "PYTHON")  # warnings only, and no file
    os.environ.setdefault("KIVY_CLIPBOARD", "sdl2")
    os.environ.setdefault("SDL_VIDEO_X11_WMCLASS", "outpost")
    from kivy.config import Config
    from kivy.logger import Logger

    # X11's selection buffer, which this app never uses, is missed with two tracebacks at every start.
    Logger.addFilter(lambda record: not str(record.msg).startswith("Cutbuffer"))
    for section, option, value in (
        ("graphics", "width", width),
        ("graphics", "height", height),
        ("graphics", "maxfps", FRAMES_PER_S),
        ("graphics", "multisamples", 0),
        ("kivy", "exit_on_escape", 0),
        ("kivy", "log_level", "warning"),
        ("input", "mouse", "mouse,disable_multitouch"),
    ):
        Config.set(section, option, str(value))


def is_android() -> bool:
    return "ANDROID_ARGUMENT" in os.environ


def _ports(folder: Path) -> Ports:
    if is_android():
        from mobile.devices.android import android_ports

        return android_ports(_activity(), folder)
    from mobile.devices.desktop import desktop_ports

    return desktop_ports(folder)


def _activity() -> Any:
    from jnius import autoclass

    return autoclass("org.kivy.android.PythonActivity").mActivity


def _desktop_reader() -> Any:
    """Scanning needs a camera that Kivy can open; most desktops have none, and typing the code always works."""
    if not any(find_spec(library) for library in ("cv2", "gi", "picamera")):
        return None
    from mobile.devices.desktop_qr import read_qr

    return read_qr


def _is_free(take: Callable[[], bool]) -> bool:
    """The background service gives way within seconds; another window does not."""
    deadline = time.monotonic() + WAIT_FOR_SERVICE_S
    while not take():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _wanted(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mobile.main", description=__doc__)
    parser.add_argument("face_given", nargs="?", choices=("phone", "kiosk"), help="which face; or --face")
    parser.add_argument("--face", choices=("phone", "kiosk"), default=None)
    parser.add_argument("--folder", type=Path, help="where this device keeps its data")
    parser.add_argument("--server", default=os.environ.get("OUTPOST_SERVER", "http://127.0.0.1:8000"))
    parser.add_argument("--language", choices=("zh", "en"))
    parser.add_argument("--size", type=_size, help="window in pixels, such as 412x915")
    parser.add_argument("--report", action="store_true", help="print how long it took until the app could be used")
    wanted = parser.parse_args([] if is_android() else argv)
    wanted.face = wanted.face or wanted.face_given or os.environ.get("OUTPOST_FACE") or _face_of_this_screen()
    if is_android():
        wanted.folder = Path(os.environ["ANDROID_PRIVATE"]) / "outpost"
    return wanted


def _face_of_this_screen() -> Face:
    if is_android():
        from mobile.devices.android_look import is_tablet

        return "kiosk" if is_tablet(_activity()) else "phone"
    return "phone"


def _size(text: str) -> tuple[int, int]:
    width, height = text.lower().split("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
