"""The global random numbers have one user at a time, whatever threads there are."""

from __future__ import annotations

import threading

CHANCE = threading.Lock()
"""To be held by what seeds torch's global generator and then draws from it: a network's first weights, a noisy step."""
