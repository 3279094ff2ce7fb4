"""A screen of its own, the app as a process on it, the server as another; hands and eyes for both."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageGrab

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


def wait_until(true: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.1)
    raise AssertionError(f"never happened: {what}")


@contextmanager
def display() -> Iterator[str]:
    """An X server of our own; it picks a free number itself and writes it down."""
    assert shutil.which("Xvfb") and shutil.which("xdotool"), "run tools/system_parts.py xvfb xdotool"
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1300x1000x24", "+extension", "GLX", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writing,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


class ServerProcess:
    """`outpost serve` as a process that can be killed and started again on the same port."""

    def __init__(self, database_url: str, folder: Path, secret: bytes) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "OUTPOST_DATABASE_URL": database_url,
            "OUTPOST_DATA_DIR": str(folder),
            "OUTPOST_SECRET": secret.decode(),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "server.cli", "serve", "--port", str(self.port), "--hints-port", "0"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, stdout=quiet, stderr=quiet, start_new_session=True
        )
        wait_until(self._answers, "the server answers")

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/openapi.json", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class RealApp:
    """The app on the screen. Points are in dp from the window's foot, as Kivy counts."""

    def __init__(self, screen: str, face: str, folder: Path, server: str, language: str, size: tuple[int, int]) -> None:
        self.screen, self.size = screen, size
        self._environment = {**os.environ, "DISPLAY": screen, "KIVY_METRICS_DENSITY": "1", "KIVY_DPI": "96"}
        for name in ("KIVY_WINDOW", "KIVY_GL_BACKEND", "KIVY_CLIPBOARD", "SDL_VIDEODRIVER"):
            self._environment.pop(name, None)
        self._command = [
            sys.executable, "-m", "mobile.main", "--face", face, "--folder", str(folder), "--server", server,
            "--language", language, "--size", "x".join(map(str, size)), "--report",
        ]  # fmt: skip
        self._process: subprocess.Popen[str] | None = None
        self._window = ""
        self.usable_s = 0.0

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("usable_s="):
                self.usable_s = float(line.removeprefix("usable_s="))
                break
        self._window = wait_until(self._found, "the window")
        self._do("windowmove", self._window, "0", "0")
        self._do("windowfocus", self._window)
        time.sleep(0.5)

    def kill(self) -> None:
        """As the system does it when memory is short: no farewell."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def tap(self, x: float, y: float) -> None:
        """Once nothing moves: a page that slides in takes no touch, and nobody can aim at it."""
        self._settle()
        self._do("mousemove", "--window", self._window, str(round(x)), str(round(self.size[1] - y)))
        self._do("mousedown", "1")
        time.sleep(0.06)
        self._do("mouseup", "1")
        time.sleep(0.12)

    def _settle(self, patience_s: float = 5.0) -> None:
        deadline = time.monotonic() + patience_s
        before = self.look()
        while time.monotonic() < deadline:
            time.sleep(0.15)
            now = self.look()
            if ImageChops.difference(before, now).getbbox() is None:
                return
            before = now

    def type(self, text: str) -> None:
        self._do("type", "--delay", "60", text)
        time.sleep(0.2)

    def look(self) -> Image.Image:
        """What is truly on the screen."""
        return ImageGrab.grab(bbox=(0, 0, *self.size), xdisplay=self.screen).convert("RGB")

    def share_of(self, colour: tuple[int, int, int]) -> float:
        """How much of the window has this colour, give or take what smoothing does."""
        seen = self.look()
        near = sum(
            count
            for count, found in seen.getcolors(seen.width * seen.height) or []
            if max(abs(a - b) for a, b in zip(found, colour, strict=True)) <= 6
        )
        return near / (seen.width * seen.height)

    def _found(self) -> str:
        done = subprocess.run(
            ["xdotool", "search", "--class", "outpost"], env=self._environment, capture_output=True, text=True, check=False
        )
        return done.stdout.split()[0] if done.stdout.split() else ""

    def _do(self, *command: str) -> None:
        subprocess.run(["xdotool", *command], env=self._environment, check=True, capture_output=True, timeout=20)
