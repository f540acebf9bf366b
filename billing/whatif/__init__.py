"""A month under another catalog: what the rollup can tell about it, and what it changes.

Here: the questions a what-if may ask, usage placed anew where the terms of its keys changed, and
the differences. Everything happens in a scratch database beside the warehouse, which is only
read. Keep out: building models, which the orchestration does.
"""

from billing.whatif.allowed import refuse_unanswerable
from billing.whatif.differences import differences
from billing.whatif.kept_usage import keep_usage, refuse_other_usage
from billing.whatif.pairs import Differences
from billing.whatif.reached import find_reached, leave_out_others

__all__ = [
    "Differences",
    "differences",
    "find_reached",
    "keep_usage",
    "leave_out_others",
    "refuse_other_usage",
    "refuse_unanswerable",
]
