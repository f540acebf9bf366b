"""Who is billed in the fixture: eight organizations, small enough to bill by hand.

Here: names and instants every table of the fixture uses. Add an organization for a new rule
rather than changing one that facts are counted on.
"""

from typing import Any

Row = dict[str, Any]

NEVER = "9999-12-31"
LONG_AGO = "2026-01-01"
OCTOBER, NOVEMBER = "2026-10-01", "2026-11-01"

# organization, currency, zone, tax treatment, payer of its one key
ORGANIZATIONS = (
    ("org_berlin", "EUR", "Europe/Berlin", "de", "contract"),
    ("org_kolkata", "USD", "Asia/Kolkata", "outside", "contract"),
    ("org_tokyo", "JPY", "Asia/Tokyo", "outside", "contract"),
    ("org_oslo", "USD", "Europe/Oslo", "statement", "balance"),
    ("org_plan", "EUR", "Europe/London", "de", "plan"),
    ("org_custom", "USD", "America/Chicago", "outside", "custom"),
    ("org_silent", "EUR", "Europe/Helsinki", "de", "contract"),
    ("org_gap", "USD", "UTC", "outside", "contract"),
)
SUBSCRIPTIONS = {"plan": "sub_plan", "custom": "sub_custom"}


def short(organization_id: str) -> str:
    """Name an organization's project, key and contract end in."""
    return organization_id.removeprefix("org_")
