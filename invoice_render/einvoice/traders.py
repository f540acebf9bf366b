"""Seller and buyer as business terms: which of their numbers is which term, and how it is written.

Here: what may be a VAT id of the norm (BT-31, BT-48), which starts with a country, and what is the
number of another tax system (BT-32). Keep out: check digits (`identities`) and the catalog.
"""

from functools import cache
from importlib import resources

from stdnum.eu import vat
from stdnum.util import get_cc_module

from invoice_render.einvoice import terms
from invoice_render.einvoice.profiles import Profile
from invoice_render.party import Party
from invoice_render.text import compact, plain

BEYOND_ISO = frozenset({"EL", "XI"})
"""Greece and Northern Ireland, as VAT ids call them."""


def trader_of(
    party: Party, profile: Profile, *, is_taxed: bool, sells: bool, is_compact: bool
) -> terms.Trader:
    """A party; outside the scope of VAT no VAT id is shown, not even as an address nobody asks for.

    A number of a seller without a country in front is BT-32, before any tax number: by it the tax
    is charged. A buyer has no such term. Not `is_compact`, VAT ids keep their blanks.
    """
    vat_id, other_id = _numbers(party, is_compact=is_compact)
    shows_address = is_taxed or party.endpoint_id != party.vat_id or profile.demands_endpoints
    has_address = party.endpoint_id and party.endpoint_scheme and shows_address
    return terms.Trader(
        id=_text(party.party_id),
        name=_text(party.legal_name) or _text(party.party_id),
        street=_text(party.street),
        city=_text(party.city),
        postal_code=_text(party.postal_code),
        region=_text(party.region),
        country=party.country,
        vat_id=vat_id if is_taxed else "",
        tax_number=(other_id or _text(party.tax_number)) if is_taxed and sells else "",
        contact_name=_text(party.contact_name),
        phone=_text(party.phone),
        email=_text(party.email),
        endpoint=(
            terms.Endpoint(_text(party.endpoint_id), party.endpoint_scheme) if has_address else None
        ),
    )


def _numbers(party: Party, *, is_compact: bool) -> tuple[str, str]:
    """The party's number as a VAT id or as another number; one of them is empty."""
    kept, short = _text(party.vat_id), compact(_text(party.vat_id))
    if not names_a_country(short, party.country):
        return "", short
    return (short if is_compact or kept[:2] != short[:2] else kept), ""


def names_a_country(number: str, country: str) -> bool:
    """Whether a compact number starts with a country (BR-CO-09), and not by chance.

    A Mexican RFC or a number of Singapore may start with the letters of another country.
    """
    head = number[:2]
    if head not in _countries() | BEYOND_ISO:
        return False
    module = get_cc_module(country.lower(), "vat")
    is_of_its_own = module is not None and bool(module.is_valid(number))
    return head == country or bool(vat.is_valid(number)) or not is_of_its_own


@cache
def _countries() -> frozenset[str]:
    """ISO 3166 alpha-2 codes, as the time zone database lists them."""
    text = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8")
    return frozenset(line[:2] for line in text.splitlines() if not line.startswith("#"))


def _text(text: str) -> str:
    return plain(text).strip()
