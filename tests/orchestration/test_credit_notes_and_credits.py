"""A credit note on an invoice that a coupon and a balance paid: what they did is not done again.

Arithmetic, org_aurora, EUR, 19 %, 10 % off everything and then 20 % off Sonnet, of which one input
token is EUR 0.000002685285 in October. October: Sonnet 3,000,000 = 8.055855 and 300 output =
0.0040279269, gross 8.06; 10 % = 0.81; 20 % of 7.25 = 1.45; 5.80 are left. A coupon of 2.00: taxable
3.80, tax 0.72, total 4.52, which a balance of 9.00 pays.

November: Sonnet falls to 2,000,000. Note: 2.69, 0.27, 20 % of 2.42 = 0.48, taxable 1.94, tax 0.37,
total 2.31, though a promotional credit of 50.00 and the rest of the balance are there. Left are
4.52 - 2.31 = 2.21.

December: Sonnet falls to 500,000, by 4.0279275 = 4.03; 0.40; 20 % of 3.63 = 0.73; taxable 2.90, tax
0.55, total 3.45: more than the 2.21 that the coupon left of it.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.observations import deliver, documents_of, observation

AURORA = ("--org", "org_aurora")
NOVEMBER, DECEMBER = "2026-12-05T06:00:00Z", "2027-01-05T06:00:00Z"
CREDITS = """\
credit_id,organization_id,kind,name,currency,amount,repeats,months,valid_from_date,valid_to_date
welcome,org_aurora,coupon,Willkommen,EUR,2.00,once,0,2026-10-01,2026-11-01
autumn,org_aurora,promotional,Herbst,EUR,50.00,once,0,2026-11-01,
ahead,org_aurora,purchased,Vorauszahlung,EUR,9.00,once,0,2026-10-01,
"""


@pytest.fixture(scope="module")
def closed_november(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """October and November finalized: usage that a coupon and a balance had paid fell."""
    home = Installation.new(tmp_path_factory.mktemp("credited") / "home")
    with (home.root / "catalog" / "exchange_rates.csv").open("a") as rates:
        rates.write("ecb,USD,EUR,2026-11-30,0.90\necb,USD,EUR,2026-12-31,0.80\n")
    (home.root / "catalog" / "credits.csv").write_text(CREDITS)
    deliver(home, "1.jsonl", observation("a", 3_000_000, 1))
    home.must("close", "2026-10", "--finalize", *AURORA)
    deliver(home, "2.jsonl", observation("a", 2_000_000, 2), now=NOVEMBER)
    home.must("close", "2026-11", "--finalize", *AURORA, now=NOVEMBER)
    return home


def amounts(shown: dict[str, Any]) -> tuple[str, ...]:
    names = ("subtotal", "discount", "taxable", "tax", "total", "prepaid", "amount_due")
    return tuple(shown["document"]["totals"][name] for name in names)


def test_a_note_gives_back_what_was_charged_and_uses_no_credit(
    closed_november: Installation,
) -> None:
    (invoice,) = documents_of(closed_november, "2026-10").values()
    assert amounts(invoice) == ("8.06", "4.26", "3.80", "0.72", "4.52", "4.52", "0.00")
    ((number, note),) = documents_of(closed_november, "2026-11").items()
    assert number == "CN-2026-000001"
    assert amounts(note) == ("2.69", "0.75", "1.94", "0.37", "2.31", "0.00", "2.31")
    assert note["document"]["credits"] == []
    assert [row["kind"] for row in note["document"]["allowances"]] == ["percent", "percent"]
    explained = closed_november.must("explain", number, "--json").json
    assert (explained["credits"], explained["spend_terms"]) == ([], [])
    assert explained["discounts"][0]["discount_id"] == "disc_aurora_all"


def test_what_a_coupon_paid_is_not_given_back(
    closed_november: Installation, tmp_path: Path
) -> None:
    home = closed_november.copy(tmp_path / "home")
    deliver(home, "3.jsonl", observation("a", 500_000, 3), now=DECEMBER)
    done = home.run("close", "2026-12", "--finalize", "--json", *AURORA, now=DECEMBER)
    assert done.code == 3
    (blocked,) = done.json["blocked"]
    assert "a credit note of 3.45 EUR is larger than the 2.21 EUR left of it" in blocked["reason"]
