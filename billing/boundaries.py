"""Named places at which a crash must do no harm.

Here: the hook that code calls just before and after each commit. Tests set
`METERBOOK_KILL_AT` to a name, optionally `name:n` for its n-th passing, and the process is
killed there as by a power cut. Keep out: anything that behaves differently otherwise.
"""

import os
import signal
from collections import Counter

ENVIRONMENT_VARIABLE = "METERBOOK_KILL_AT"
NAMES = (
    "ingest.before_commit",
    "ingest.after_commit",
    "retry.before_rename",
    "retry.after_rename",
    "discard.before_commit",
    "discard.after_commit",
    "account.before_commit",
    "account.after_commit",
    "receivable.before_commit",
    "receivable.after_commit",
    "catalog.before_commit",
    "catalog.after_commit",
    "snapshot.before_commit",
    "snapshot.after_commit",
    "audit.before_commit",
    "audit.after_commit",
    "forecast.before_commit",
    "forecast.after_commit",
    "alert.before_commit",
    "alert.after_commit",
    "draft.before_commit",
    "draft.after_commit",
    "finalize.before_commit",
    "finalize.after_commit",
    "render.before_rename",
    "render.between_renames",
    "render.after_rename",
    "refresh.before_note",
    "refresh.after_note",
    "refresh.before_models",
    "refresh.after_models",
    "refresh.before_rename",
    "refresh.after_rename",
)

_passed: Counter[str] = Counter()


def reached(name: str) -> None:
    """Mark that the boundary `name` was reached; die here if a test asked for it.

    Raises KeyError for a name that is not in `NAMES`, so that tests know every one.
    """
    if name not in NAMES:
        raise KeyError(name)
    _passed[name] += 1
    if os.environ.get(ENVIRONMENT_VARIABLE) in (name, f"{name}:{_passed[name]}"):
        os.kill(os.getpid(), signal.SIGKILL)
