"""The composer's own books: what it put in, summed without any part of the product.

Add a fact here when a test of the pipeline needs one, and say what it means in
data/samples/README.md. Keep out prices, and anything read back from the files.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable

from lines import ACCEPTED, DUPLICATES, QUARANTINED, Line
from usage import METERS, Request

Facts = dict[str, object]
Counts = Counter[str]
UNKNOWN = "unknown"


def not_billed_reason(request: Request) -> str:
    """Why an accepted request is not billed; empty where it is."""
    if request.outcome not in ("success", "client_aborted"):
        return request.outcome
    if request.is_byok:
        return "byok"
    key, at = request.key, request.completed
    if not key.valid_from <= at < key.valid_to:
        return "key_not_valid"
    if key.payer in ("plan", "custom"):
        is_active = key.paid_from <= at < key.paid_to
        return "included_in_subscription" if is_active else "subscription_inactive"
    return ""


def local_month(request: Request) -> str:
    """The calendar month a request completed in, in its organization's zone."""
    at = dt.datetime.fromtimestamp(request.completed // 1000, tz=request.key.zone)
    return f"{at:%Y-%m}"


def quantities(line: Line) -> dict[str, int]:
    """Tokens, images and searches of a line, by meter, none of them zero."""
    counts = {name: count for name, count in zip(METERS, line.meters, strict=True) if count}
    if line.images:
        counts["image"] = line.images
    if line.searches:
        counts["web_search"] = line.searches
    return counts


class Account:
    """What one organization's month holds; `unknown` has one too."""

    def __init__(self) -> None:
        self.rows: Counts = Counter()
        self.not_billed: Counts = Counter()
        self.quarantined: Counts = Counter()
        self.meters: dict[str, Counts] = defaultdict(Counter)
        self.models: dict[str, dict[str, Counts]] = defaultdict(lambda: defaultdict(Counter))

    def add(self, line: Line) -> None:
        """Counts one line."""
        fate, counts = line.fate, quantities(line)
        if fate == QUARANTINED:
            self.quarantined[line.reason] += 1
        elif fate == ACCEPTED:
            reason = not_billed_reason(line.request)
            fate = "not_billed" if reason else "billed"
            if reason:
                self.not_billed[reason] += 1
            model = self.models[line.request.model_id]
            model[fate].update(counts)
            model["rows"].update(("requests", f"requests_{fate}"))
        self.rows.update(("received", fate))
        self.meters["received"].update(counts)
        self.meters[fate].update(counts)

    def facts(self) -> Facts:
        """The account as it is written down."""
        models = {
            model: dict(of["rows"]) | {fate: dict(of[fate]) for fate in ("billed", "not_billed")}
            for model, of in sorted(self.models.items())
        }
        return {
            **fates(self.rows),
            "not_billed_by_reason": dict(sorted(self.not_billed.items())),
            "quarantined_by_reason": dict(sorted(self.quarantined.items())),
            "meters": {fate: dict(counts) for fate, counts in sorted(self.meters.items())},
            "models": models,
        }


def fates(rows: Counts) -> Facts:
    """Rows by fate, in the words the reconciliation uses."""
    return {
        "received": rows["received"],
        "billed": rows["billed"],
        "not_billed": rows["not_billed"],
        "duplicates": rows[DUPLICATES],
        "quarantined": rows[QUARANTINED],
    }


def month_facts(lines: Iterable[Line], file_month: str) -> Facts:
    """Facts by month and organization; ownerless lines count in the month of their file."""
    accounts: dict[str, dict[str, Account]] = defaultdict(lambda: defaultdict(Account))
    for line in lines:
        month = local_month(line.request) if line.has_owner else file_month
        owner = line.request.key.organization_id if line.has_owner else UNKNOWN
        accounts[month][owner].add(line)
    months: Facts = {}
    for month, owners in sorted(accounts.items()):
        rows: Counts = Counter()
        for account in owners.values():
            rows.update(account.rows)
        organizations = {owner: owners[owner].facts() for owner in sorted(owners)}
        months[month] = {"totals": fates(rows), "organizations": organizations}
    return months


def file_facts(lines: Iterable[Line]) -> Facts:
    """Facts of one landing file."""
    rows: Counts = Counter()
    reasons: Counts = Counter()
    for line in lines:
        rows.update(("received", line.fate))
        if line.fate == QUARANTINED:
            reasons[line.reason] += 1
    return {
        "received": rows["received"],
        "accepted": rows[ACCEPTED],
        "duplicates": rows[DUPLICATES],
        "quarantined": rows[QUARANTINED],
        "quarantined_by_reason": dict(sorted(reasons.items())),
    }
