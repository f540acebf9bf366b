"""Credit notes on invoices that credits, a maximum and a minimum made other than their usage.

Arithmetic, org_aurora, EUR, 19 %, 10 % off everything and then 20 % off Sonnet, of which one input
token is EUR 0.000002685285 in October. October: Sonnet 3,000,000 = 8.055855 and 300 output =
0.0040279269, gross 8.06; 10 % = 0.81; 20 % of 7.25 = 1.45; 5.80 are left. A coupon of 2.00: taxable
3.80, tax 0.72, total 4.52, which a balance of 9.00 pays.

November: Sonnet falls to 2,000,000. Note: 2.69, 0.27, 20 % of 2.42 = 0.48, taxable 1.94, tax 0.37,
total 2.31, though a promotional credit of 50.00 and the rest of the balance are there. Left are
3.80 - 1.94 = 1.86 and 0.72 - 0.37 = 0.35.

December: Sonnet falls to 500,000, by 4.0279275 = 4.03; 0.40; 20 % of 3.63 = 0.73; of 2.90 1.86 were
paid and 1.04 covered by the coupon: taxable 1.86, tax 0.35, total 2.21.

January: nothing of it is left: 1.3426425 = 1.34; 0.13; 20 % of 1.21 = 0.24; of 0.97 the coupon
covered the 0.96 it had left, and 0.01 is rounding: three notes of 1.94 + 2.90 + 0.97 = 5.81 on 5.80.

org_cobalt, USD, no tax, Sonnet at 3.00 per million, in October at most 5.00 and at least 2.00.
October: 3,000,000 = 9.00 and 300 output = 0.0045: 9.00, of which 4.00 lie above the maximum.
November: by 1,000,000 = 3.00 down, all of it above the maximum: 0.00. December: by 1,500,000 = 4.50
down, 1.00 of it above the maximum; 5.00 were billed, of which 2.00 stay: 3.00, and 0.50 stays too.
"""

from typing import Any

import pytest

from tests.orchestration.installation import Installation
from tests.orchestration.observations import deliver, documents_of, observation

pytestmark = pytest.mark.long

BOTH = ("--org", "org_aurora", "--org", "org_cobalt")
NOVEMBER, DECEMBER = "2026-12-05T06:00:00Z", "2027-01-05T06:00:00Z"
JANUARY = "2027-02-05T06:00:00Z"
CREDITS = """\
credit_id,organization_id,kind,name,currency,amount,repeats,months,valid_from_date,valid_to_date
welcome,org_aurora,coupon,Willkommen,EUR,2.00,once,0,2026-10-01,2026-11-01
autumn,org_aurora,promotional,Herbst,EUR,50.00,once,0,2026-11-01,
ahead,org_aurora,purchased,Vorauszahlung,EUR,9.00,once,0,2026-10-01,
"""


SPEND_TERMS = """\
spend_term_id,contract_id,kind,period,currency,amount,valid_from_date,valid_to_date
most,contract_cobalt_2026,maximum,month,USD,5.00,2026-10-01,2026-11-01
least,contract_cobalt_2026,minimum,month,USD,2.00,2026-10-01,2026-11-01
"""


def close(home: Installation, month: str, aurora: int, cobalt: int, now: str = "") -> None:
    """Deliver a month's versions of one row of each customer, and finalize the month."""
    version = 1 + ("2026-10", "2026-11", "2026-12", "2027-01").index(month)
    deliver(home, f"{month}-a.jsonl", observation("a", aurora, version), now=now)
    row = observation("b", cobalt, version)
    deliver(home, f"{month}-b.jsonl", row, now=now, key="key_cobalt_01")
    done = home.must("close", month, "--finalize", "--json", *BOTH, now=now).json
    assert done["blocked"] == []


@pytest.fixture(scope="module")
def closed_november(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """October and November finalized: usage that a coupon and a balance had paid fell."""
    home = Installation.new(tmp_path_factory.mktemp("credited") / "home")
    with (home.root / "catalog" / "exchange_rates.csv").open("a") as rates:
        for month in ("2026-11-30", "2026-12-31", "2027-01-31"):
            rates.write(f"ecb,USD,EUR,{month},0.90\n")
    (home.root / "catalog" / "credits.csv").write_text(CREDITS)
    (home.root / "catalog" / "spend_terms.csv").write_text(SPEND_TERMS)
    close(home, "2026-10", 3_000_000, 3_000_000)
    close(home, "2026-11", 2_000_000, 2_000_000, NOVEMBER)
    return home


@pytest.fixture(scope="module")
def closed_january(
    closed_november: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Installation:
    """Two months later nothing of one customer's October is left."""
    home = closed_november.copy(tmp_path_factory.mktemp("january") / "home")
    close(home, "2026-12", 500_000, 500_000, DECEMBER)
    close(home, "2027-01", 0, 500_000, JANUARY)
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


def allowances(shown: dict[str, Any]) -> list[tuple[str, str]]:
    rows = shown["document"]["allowances"]
    return [(row["kind"], row["amount"]) for row in rows if row["kind"] != "percent"]


def test_what_a_coupon_covered_is_not_given_back(closed_january: Installation) -> None:
    (note,) = documents_of(closed_january, "2026-12").values()
    assert amounts(note) == ("4.03", "2.17", "1.86", "0.35", "2.21", "0.00", "2.21")
    assert allowances(note) == [("credited", "1.04")]
    assert note["document"]["credits"] == []


def test_an_invoice_can_be_given_back_to_its_last_cent(closed_january: Installation) -> None:
    (note,) = documents_of(closed_january, "2027-01").values()
    assert amounts(note) == ("1.34", "1.34", "0.00", "0.00", "0.00", "0.00", "0.00")
    assert allowances(note) == [("credited", "0.96"), ("rounding", "0.01")]


def test_what_a_maximum_cut_off_and_a_minimum_asks_for_is_not_given_back(
    closed_january: Installation,
) -> None:
    shown = [
        (amounts(each)[0], amounts(each)[-1], allowances(each))
        for month in ("2026-10", "2026-11", "2026-12")
        for each in documents_of(closed_january, month, "org_cobalt").values()
    ]
    assert shown == [
        ("9.00", "5.00", [("maximum", "4.00")]),
        ("3.00", "0.00", [("maximum", "3.00")]),
        ("4.50", "3.00", [("maximum", "1.00"), ("minimum", "0.50")]),
    ]


def test_explain_says_why_a_note_is_less_than_its_lines(closed_january: Installation) -> None:
    (number,) = documents_of(closed_january, "2026-12", "org_cobalt")
    words = closed_january.must("explain", number).out
    assert "'Maximum spend' (never billed, for it lay above the maximum): 1.00 USD" in words
    assert "'Minimum spend' (due all the same, as the minimum asks): 0.50 USD" in words


def test_the_forms_of_such_a_note_say_why_it_is_less(closed_january: Installation) -> None:
    pages = {
        path.parent.name: path.read_text()
        for path in closed_january.root.glob("documents/**/invoice.html")
    }
    cobalt = [
        text for text in pages.values() if "due all the same" in text and "not billed by" in text
    ]
    aurora = [text for text in pages.values() if "Durch Guthaben gedeckt" in text]
    assert (len(cobalt), len(aurora)) == (1, 2)
