"""Electronic addresses: schemes of the EAS list, and what an address of each looks like.

Here: the list as EN 16931 names it, and check digits where a scheme has some and its owner says
how they are written. Add a scheme when the list does. Keep out: who needs an address
(`billing.catalog.forms`).
"""

import re
from collections.abc import Callable

from stdnum import ean, lei
from stdnum.au import abn
from stdnum.be import vat as be_vat
from stdnum.de import leitweg
from stdnum.dk import cvr
from stdnum.eu import vat
from stdnum.fr import siren, siret
from stdnum.gb import vat as gb_vat
from stdnum.is_ import kennitala
from stdnum.no import orgnr as no_orgnr
from stdnum.se import orgnr as se_orgnr

SCHEMES = frozenset(
    [
        "0002",
        "0007",
        "0009",
        "0037",
        "0060",
        "0088",
        "0096",
        "0097",
        "0106",
        "0130",
        "0135",
        "0142",
        "0147",
        "0151",
        "0154",
        "0158",
        "0170",
        "0177",
        "0183",
        "0184",
        "0188",
        "0190",
        "0191",
        "0192",
        "0193",
        "0194",
        "0195",
        "0196",
        "0198",
        "0199",
        "0200",
        "0201",
        "0202",
        "0203",
        "0204",
        "0205",
        "0208",
        "0209",
        "0210",
        "0211",
        "0212",
        "0213",
        "0215",
        "0216",
        "0217",
        "0218",
        "0219",
        "0220",
        "0221",
        "0225",
        "0230",
        "0235",
        "0240",
        "0242",
        "0244",
        "0245",
        "0246",
        "0248",
        "9910",
        "9913",
        "9914",
        "9915",
        "9918",
        "9919",
        "9920",
        "9922",
        "9923",
        "9924",
        "9925",
        "9926",
        "9927",
        "9928",
        "9929",
        "9930",
        "9931",
        "9932",
        "9933",
        "9934",
        "9935",
        "9936",
        "9937",
        "9938",
        "9939",
        "9940",
        "9941",
        "9942",
        "9943",
        "9944",
        "9945",
        "9946",
        "9947",
        "9948",
        "9949",
        "9950",
        "9951",
        "9952",
        "9953",
        "9957",
        "9959",
        "AN",
        "AQ",
        "AS",
        "AU",
        "EM",
    ]
)
"""The Electronic Address Scheme list of the European Commission."""
EU_VAT = {
    "0213": "FI",
    "9910": "HU",
    "9914": "AT",
    "9920": "ES",
    "9925": "BE",
    "9926": "BG",
    "9928": "CY",
    "9929": "CZ",
    "9930": "DE",
    "9931": "EE",
    "9934": "HR",
    "9935": "IE",
    "9937": "LT",
    "9938": "LU",
    "9939": "LV",
    "9943": "MT",
    "9944": "NL",
    "9945": "PL",
    "9946": "PT",
    "9947": "RO",
    "9949": "SI",
    "9950": "SK",
    "9957": "FR",
}
"""Schemes whose address is a VAT id of one member of the EU, with its prefix."""
_DIGITS: dict[str, tuple[int, Callable[[str], bool]]] = {
    "0002": (9, siren.is_valid),
    "0007": (10, se_orgnr.is_valid),
    "0009": (14, siret.is_valid),
    "0060": (9, bool),
    "0088": (13, ean.is_valid),
    "0106": (8, bool),
    "0151": (11, abn.is_valid),
    "0192": (9, no_orgnr.is_valid),
    "0196": (10, kennitala.is_valid),
    "0208": (10, be_vat.is_valid),
}
"""Schemes whose address is so many digits, the check digit among them."""
_PREFIXED: dict[str, Callable[[str], bool]] = {
    "0184": lambda text: text[:2] == "DK" and cvr.is_valid(text[2:]),
    "0199": lei.is_valid,
    "9932": lambda text: text[:2] == "GB" and gb_vat.is_valid(text),
}
"""Schemes whose address is capitals and digits and nothing between them."""
_FREE: dict[str, Callable[[str], bool]] = {
    "0204": leitweg.is_valid,
    "EM": lambda text: re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None,
}


def is_address(text: str, scheme: str) -> bool:
    """Whether an address is written as its scheme says; any, where no check is known.

    Refusing without knowing would be guessing.
    """
    if scheme in _DIGITS:
        length, holds = _DIGITS[scheme]
        return re.fullmatch(rf"[0-9]{{{length}}}", text) is not None and bool(holds(text))
    if scheme in EU_VAT:
        return _is_compact(text) and text[:2] == EU_VAT[scheme] and bool(vat.is_valid(text))
    if scheme in _PREFIXED:
        return _is_compact(text) and bool(_PREFIXED[scheme](text))
    return scheme not in _FREE or bool(_FREE[scheme](text))


def _is_compact(text: str) -> bool:
    """Whether it can be looked up as it stands; checks of digits read over blanks and dots."""
    return re.fullmatch(r"[A-Z0-9]+", text) is not None
