"""The tax treatment of a buyer whose profile names none, decided a second time.

Here: walking the rules of tax_rules.csv. Add a condition when the file gains one. Keep out:
rates (`tax`) and reading files (`catalog_files`).
"""

from collections.abc import Iterable, Mapping

MEMBERS_OF_THE_EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
Row = Mapping[str, str]


def treatment_of(profile: Row, rules: Iterable[Row], seller_country: str) -> str:
    """Return the treatment a profile names, else that of the first rule that fits, else ''."""
    if profile["tax_treatment_id"]:
        return profile["tax_treatment_id"]
    for rule in sorted(rules, key=lambda row: int(row["precedence"])):
        if _fits(rule, profile, seller_country):
            return rule["tax_treatment_id"]
    return ""


def _fits(rule: Row, profile: Row, seller_country: str) -> bool:
    areas = {"", profile["country"]}
    if profile["country"] in MEMBERS_OF_THE_EU:
        areas.add("EU")
    has_vat_id = bool(profile["vat_id"])
    is_business = has_vat_id or bool(profile["tax_number"])
    return (
        rule["seller_country"] in {"", seller_country}
        and rule["buyer_area"] in areas
        and rule["buyer_status"] in {"", "business" if is_business else "consumer"}
        and rule["buyer_vat_id"] in {"", "present" if has_vat_id else "absent"}
    )
