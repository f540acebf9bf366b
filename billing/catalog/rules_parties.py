"""Rules about seller and buyers as the documents print them: tax ids, treatment, e-invoices.

Here: what a tax treatment asks of a party and what an electronic invoice cannot carry. Keep
out: amounts and prices.
"""

import polars as pl

from billing.catalog import known
from billing.catalog.checking import Tables, found
from billing.catalog.endpoints import SCHEMES, is_address
from billing.catalog.files import FILES
from billing.errors import Problem

E_INVOICE_DIGITS = 2


def a_vat_id_belongs_to_its_country(tables: Tables) -> list[Problem]:
    """Check that tax numbers pass their country's checksum."""
    problems = []
    for name in ("billing_profiles", "seller"):
        rows = tables[name].select("row", "vat_id", "country").drop_nulls().rows()
        problems += [
            Problem(
                FILES[name].file_name,
                f"{vat_id!r} is not a VAT id of {country}",
                "Check the country, its prefix and the check digits.",
                row,
                "vat_id",
            )
            for row, vat_id, country in rows
            if vat_id and country in known.countries() and not known.is_vat_id(vat_id, country)
        ]
    return problems


def a_treatment_has_what_it_needs(tables: Tables) -> list[Problem]:
    """Check that profiles of a treatment that prints VAT ids have one, and so has the seller."""
    treated = tables["tax_treatments"].filter(pl.col("requires_vat_id"))
    profiles = tables["billing_profiles"].join(treated, on="tax_treatment_id", how="semi")
    message = pl.format("is empty, treatment {} prints it", pl.col("tax_treatment_id"))
    remedy = "Fill in the VAT id, or choose another tax_treatment_id."
    nameless = profiles.filter(pl.col("vat_id") == "")
    problems = found(nameless, FILES["billing_profiles"], "vat_id", message, remedy)
    if profiles.height:
        seller = tables["seller"].filter(pl.col("vat_id") == "")
        message = pl.lit("is empty, a tax treatment in use prints it")
        problems += found(seller, FILES["seller"], "vat_id", message, "Fill in the VAT id.")
    return problems


def a_treatment_is_complete(tables: Tables) -> list[Problem]:
    """Check that a taxed treatment names a country with a rate; an untaxed one gives its reason."""
    file, table = FILES["tax_treatments"], tables["tax_treatments"]
    taxed = pl.col("category") == "S"
    lost = table.filter(taxed | (pl.col("country") != "")).join(
        tables["tax_rates"], on=["country", "category"], how="anti"
    )
    message = pl.format("no rate of category {} for country {}", "category", "country")
    remedy = "Name the country whose rate applies and add the rate to tax_rates.csv."
    problems = found(lost, file, "country", message, remedy)
    silent = table.filter(
        pl.col("category").is_in(["AE", "O", "G", "K", "E"]) & (pl.col("exemption_reason") == "")
    )
    message = pl.format("is empty for category {}", pl.col("category"))
    remedy = "Write the sentence that the document prints."
    return problems + found(silent, file, "exemption_reason", message, remedy)


def an_endpoint_is_whole(tables: Tables) -> list[Problem]:
    """Check that an electronic address consists of id and scheme."""
    problems = []
    for name in ("billing_profiles", "seller"):
        half = tables[name].filter(
            (pl.col("endpoint_id") == "") != (pl.col("endpoint_scheme") == "")
        )
        message = pl.lit("stands alone: endpoint_id and endpoint_scheme belong together")
        problems += found(half, FILES[name], "endpoint_scheme", message, "Fill in both or none.")
    return problems


def an_endpoint_is_written_as_its_scheme_says(tables: Tables) -> list[Problem]:
    """Check that a scheme is on the EAS list, and the address has its form and check digits."""
    problems = []
    for name in ("billing_profiles", "seller"):
        rows = tables[name].select("row", "endpoint_id", "endpoint_scheme").drop_nulls().rows()
        for row, address, scheme in rows:
            if scheme and scheme not in SCHEMES:
                what, remedy, field = "is not on the EAS list", "Write a code of it.", "scheme"
                text = scheme
            elif scheme and address and not is_address(address, scheme):
                what, field, text = f"is no address of scheme {scheme}", "id", address
                remedy = "Check its digits and prefix, or name another scheme."
            else:
                continue
            file = FILES[name].file_name
            problems.append(Problem(file, f"{text!r} {what}", remedy, row, f"endpoint_{field}"))
    return problems


def an_e_invoice_fits_its_currency(tables: Tables) -> list[Problem]:
    """Check for the two decimals of EN 16931; paper forms know three."""
    digits = known.minor_units()
    long = [code for code, count in digits.items() if count > E_INVOICE_DIGITS]
    wrong = tables["billing_profiles"].filter(
        pl.col("currency").is_in(long) & (pl.col("endpoint_id") != "")
    )
    message = pl.format("{} has three decimals, which no e-invoice carries", pl.col("currency"))
    remedy = "Empty endpoint_id and endpoint_scheme (HTML and PDF work), or bill another currency."
    return found(wrong, FILES["billing_profiles"], "currency", message, remedy)


def there_is_one_seller(tables: Tables) -> list[Problem]:
    """Check that documents have exactly one sender."""
    sellers = tables["seller"].height
    if sellers == 1:
        return []
    remedy = "Keep exactly one row."
    return [Problem(FILES["seller"].file_name, f"has {sellers} rows", remedy)]


RULES = (
    (a_vat_id_belongs_to_its_country, ("billing_profiles", "seller")),
    (a_treatment_has_what_it_needs, ("billing_profiles", "tax_treatments", "seller")),
    (a_treatment_is_complete, ("tax_treatments", "tax_rates")),
    (an_endpoint_is_whole, ("billing_profiles", "seller")),
    (an_endpoint_is_written_as_its_scheme_says, ("billing_profiles", "seller")),
    (an_e_invoice_fits_its_currency, ("billing_profiles",)),
    (there_is_one_seller, ("seller",)),
)
