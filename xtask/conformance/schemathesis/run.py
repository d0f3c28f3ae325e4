"""Schemathesis, ended when its input ends: it does not outlive whoever started it."""

import os
import threading


def watch():
    # Not through sys.stdin: a thread that reads from it would hold a lock at the end of the program.
    while os.read(0, 4096):
        pass
    os._exit(2)


threading.Thread(target=watch, daemon=True).start()

from schemathesis.cli import schemathesis  # noqa: E402

schemathesis()
