"""Numbers that name somebody: accounts, VAT ids and electronic addresses.

Here: check digits that official rules leave out, on the frozen text. Keep out: the catalog,
which is checked before a document is made of it, and amounts (`laws`).
"""

from collections.abc import Iterator

from stdnum import bic, ean, iban
from stdnum.eu import vat

from invoice_render.einvoice.terms import EInvoice, Trader

GLN = "0088"
REVERSE_CHARGE, WITHIN_EU = "AE", "K"
WITH_COUNTRY = "with the country in front"
WITH_SELLER = {"S", "Z", "E", "AE", "K", "G"}


def identity_problems(invoice: EInvoice) -> Iterator[str]:
    """Every number that is missing where tax law asks for it, or has wrong check digits."""
    for role, trader in (("seller", invoice.seller), ("buyer", invoice.buyer)):
        yield from _numbers(role, trader)
    categories = {tax.category for tax in invoice.taxes}
    seller, buyer = invoice.seller, invoice.buyer
    if categories & WITH_SELLER and not (seller.vat_id or seller.tax_number):
        yield "BR-S-02: the seller has no VAT id and no tax number. Fill in seller.vat_id."
    if WITHIN_EU in categories and not seller.vat_id:
        yield f"BR-IC-02: the seller has no VAT id. Fill in seller.vat_id, {WITH_COUNTRY}."
    if categories & {REVERSE_CHARGE, WITHIN_EU} and not buyer.vat_id:
        yield (
            "BR-AE-02, BR-IC-02: the buyer has no VAT id. "
            f"Fill in billing_profiles.vat_id, {WITH_COUNTRY}."
        )
    account = invoice.payment.transfer if invoice.payment else None
    if account is not None:
        if not iban.is_valid(account.iban):
            yield f"BR-DE-19: BT-84, {account.iban!r} is no IBAN. Check its digits."
        if account.bic and not bic.is_valid(account.bic):
            yield f"BT-86: {account.bic!r} is no BIC. Write 8 or 11 characters."


def _numbers(role: str, trader: Trader) -> Iterator[str]:
    if not trader.name:
        yield f"BR-06, BR-07: the {role} has no name."
    prefix = trader.vat_id[:2].lower().replace("el", "gr")
    if prefix in vat.MEMBER_STATES and not vat.is_valid(trader.vat_id):
        yield f"BR-CO-09: {trader.vat_id!r} is no VAT id. Check its digits."
    address = trader.endpoint
    if address is None:
        return
    if address.scheme == GLN and not ean.is_valid(address.id):
        yield f"PEPPOL-COMMON-R040: {address.id!r} is no GLN. Check its digits."
    if address.scheme == "EM" and "@" not in address.id:
        yield f"BR-CL-25: {address.id!r} is no mail address, but its scheme is EM."
