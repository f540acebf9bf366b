"""Whom China's invoice names: unified social credit codes, and what it demands.

Here: the code of 18 characters with its check character, and the demands. Keep out: the data.
"""

import re

from stdnum.cn import uscc

from invoice_render.einvoice.profiles import Demand
from invoice_render.party import Party

LAW = "Rules on the Use of VAT Special Invoices"


def is_credit_code(code: str) -> bool:
    """Whether it is a unified social credit code (GB 32100-2015) whose check character holds."""
    return re.fullmatch(r"[0-9A-Z]{18}", code) is not None and bool(uscc.is_valid(code))


def credit_code(party: Party) -> str:
    """The party's code, in either of the fields that may have it; empty without one."""
    return next(filter(is_credit_code, (party.tax_number, party.vat_id)), "")


def _of(whose: str, table: str) -> Demand:
    return Demand(
        term="统一社会信用代码",
        name=f"the {whose}'s unified social credit code",
        rule=LAW,
        paths=(f"{whose}.tax_number", f"{whose}.vat_id"),
        columns=(f"{table}.tax_number", f"{table}.vat_id"),
        remedy=f"Write the 18 characters into {table}.tax_number.",
        holds=is_credit_code,
    )


DEMANDS = (
    _of("seller", "seller"),
    _of("buyer", "billing_profiles"),
    Demand(
        term="币种",
        name="amounts in renminbi",
        rule=LAW,
        paths=("currency",),
        columns=("billing_profiles.currency",),
        pattern="^CNY$",
        remedy="Bill in CNY.",
    ),
)
