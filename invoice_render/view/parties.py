"""Seller and buyer as an envelope shows them.

Here: the order of an address by country. Add a country to `CITY_FIRST` when its post asks for
it. Keep out: everything that is not a party.
"""

from dataclasses import dataclass

from invoice_render.formatting import Formats
from invoice_render.messages import Messages
from invoice_render.party import Party
from invoice_render.text import plain
from invoice_render.view.parts import Fact, facts

CITY_FIRST = frozenset({"AU", "BD", "CA", "GB", "IE", "IN", "NZ", "PK", "SG", "TW", "US", "ZA"})


@dataclass(frozen=True, slots=True)
class PartyView:
    """A name, the lines of its address, and its identifiers."""

    name: str
    lines: tuple[str, ...]
    facts: tuple[Fact, ...]


def party_view(party: Party, formats: Formats, messages: Messages) -> PartyView:
    """The party in the language of the document."""
    lines = (party.street, *_place(party), formats.country(party.country))
    return PartyView(
        name=plain(party.legal_name),
        lines=tuple(line for line in map(plain, lines) if line),
        facts=facts(
            [
                (messages.words["vat_id"], party.vat_id),
                (messages.words["tax_number"], party.tax_number),
            ]
        ),
    )


def contact_line(party: Party) -> tuple[str, ...]:
    """How to reach the seller, for the foot of the page."""
    parts = (party.phone, party.email, party.website)
    return tuple(part for part in map(plain, parts) if part)


def _place(party: Party) -> tuple[str, ...]:
    if party.country in CITY_FIRST:
        region = " ".join(part for part in (party.region, party.postal_code) if part)
        return (", ".join(part for part in (party.city, region) if part),)
    city = " ".join(part for part in (party.postal_code, party.city) if part)
    return (city, party.region)
