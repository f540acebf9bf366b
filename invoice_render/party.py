"""Who sells and who buys, as a document prints them.

Here: names, addresses and registrations that a customer may see. Keep out: how they are laid out
(`view.parties`).
"""

from invoice_render.frozen import Frozen


class Party(Frozen):
    """Seller or buyer as printed. `endpoint_*` is the electronic address with its scheme."""

    party_id: str
    legal_name: str
    street: str
    city: str
    postal_code: str
    region: str = ""
    country: str
    vat_id: str = ""
    tax_number: str = ""
    email: str = ""
    phone: str = ""
    contact_name: str = ""
    website: str = ""
    endpoint_id: str = ""
    endpoint_scheme: str = ""
