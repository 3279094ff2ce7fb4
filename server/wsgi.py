"""What the web server loads in each of its processes: the app, and a thread for work that is due."""

from __future__ import annotations

import gc
import os
import signal
import threading

from flask import Flask

from server.app import create_app
from server.archive.erasure import erase_again
from server.audit.sequencer import Sequencer
from server.inbox.sending import Sender
from server.kernel.http import Outpost
from server.kernel.jobs import Worker
from server.settings import Settings
from server.timesheets.recompute import Reckoner
from server.wiring import every_handler

WORKER_SWITCH = "OUTPOST_WORKER"


def application() -> Flask:
    """The app of this process. OUTPOST_WORKER=0 leaves due work to `outpost worker` elsewhere."""
    gc.disable()  # hundreds of thousands of objects are about to come, and all of them stay
    every_handler()
    app = create_app(Settings.from_environment())
    erase_again(app.extensions["outpost"])  # a backup put back in place may know people who had been erased
    if os.environ.get(WORKER_SWITCH, "1") != "0":
        Worker(app.extensions["outpost"]).start()
        Sequencer(app.extensions["outpost"]).start()
        Reckoner(app.extensions["outpost"]).start()
        Sender(app.extensions["outpost"]).start()
    # what is loaded stays: the collector need not walk it again and again while requests are served
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()
    return app


def work_until_told(outpost: Outpost) -> None:
    """The same threads without a web server, until somebody ends the process."""
    told = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: told.set())
    threads = (Worker(outpost), Sequencer(outpost), Reckoner(outpost), Sender(outpost))
    for thread in threads:
        thread.start()
    told.wait()
    for thread in threads:
        thread.stop()
