"""What stands against an electronic invoice: demands of its profile, and the house's own laws.

Here: the one list of problems of a form, each with what to do. Keep out: laws of amounts
(`laws`) and of parties (`identities`).
"""

from collections.abc import Iterator

from invoice_render.einvoice.identities import identity_problems
from invoice_render.einvoice.laws import broken_laws
from invoice_render.einvoice.profiles import Demand, Profile
from invoice_render.einvoice.terms import EInvoice


def problems_of(invoice: EInvoice, profile: Profile) -> tuple[str, ...]:
    """Everything that keeps these terms from being sent under a profile; empty when nothing does."""
    return (
        *unmet_demands(invoice, profile),
        *broken_laws(invoice),
        *identity_problems(invoice),
    )


def unmet_demands(invoice: EInvoice, profile: Profile) -> Iterator[str]:
    """Each term that is missing or written otherwise, with the catalog column that fills it."""
    parties = (invoice.seller.country, invoice.buyer.country)
    for demand in profile.demands:
        is_for_them = demand.parties in ((), parties)
        if is_for_them and not any(
            demand.is_met_by(value_at(invoice, path)) for path in demand.paths
        ):
            yield f"{demand.rule}: {demand.term}, {demand.name}, is missing or amiss. {_remedy(demand)}"


def value_at(invoice: object, path: str) -> str:
    """The text at a path of attributes; empty where something on the way is not there."""
    value = invoice
    for name in path.split("."):
        value = getattr(value, name) if value is not None else None
    return "" if value is None else str(value)


def _remedy(demand: Demand) -> str:
    return demand.remedy or f"Fill in {' or '.join(demand.columns)}."
