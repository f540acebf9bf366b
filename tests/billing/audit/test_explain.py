"""Facts about explanations: a total is followed to the requests, or refused by name."""

import json
from typing import Any

import duckdb
import pytest

from billing.audit.explain import explain
from billing.audit.explain_text import explanation_text
from billing.audit.traced_usage import Bounds
from billing.errors import MeterbookError
from tests.billing.audit.warehouse import insert

Warehouse = duckdb.DuckDBPyConnection
Document = dict[str, Any]


def _line(number: int, quantity: int, amount: str, **changed: object) -> Document:
    return {
        "number": number,
        "kind": "usage",
        "description": f"Line number {number}",
        "service_month": "2026-10",
        "period_first_day": "2026-10-01",
        "period_last_day": "2026-10-31",
        "quantity": quantity,
        "unit_price": "1.125",
        "base_quantity": 1_000_000,
        "amount": amount,
        **changed,
    }


def _document(organization_id: str, payment_mode: str, *lines: Document) -> Document:
    return {
        "kind": "statement" if payment_mode == "prepaid" else "invoice",
        "number": "INV-2026-000001",
        "billing_month": "2026-10",
        "payment_mode": payment_mode,
        "currency": "EUR",
        "status": "open",
        "issue_date": "2026-11-05",
        "buyer": {"party_id": organization_id},
        "totals": {
            "subtotal": "2.48",
            "discount": "0.49",
            "taxable": "1.99",
            "tax": "0.38",
            "total": "2.37",
            "prepaid": "0.00",
            "amount_due": "2.37",
        },
        "allowances": [
            {
                "number": 1,
                "name": "Everything",
                "pct": "0.1",
                "base_amount": "2.48",
                "amount": "0.25",
                "tax_category": "S",
                "tax_rate": "0.19",
            }
        ],
        "taxes": [],
        "exchange": None,
        "balance": None,
        "lines": list(lines),
    }


@pytest.fixture
def invoice() -> Document:
    lines = (_line(1, 1_000_003, "1.13"), _line(2, 200, "0.00"), _line(3, 500_001, "1.35"))
    return _document("org_berlin", "enterprise", *lines)


def test_a_line_leads_to_its_price_charges_discounts_and_requests(
    warehouse: Warehouse, invoice: Document
) -> None:
    warehouse.execute("""
        update raw.usage_event set answered_model = 'gpt-5-2025-08-07' where line_number = 1
    """)
    (line,) = explain(warehouse, invoice, line=1)["lines"]
    assert line["exact_amount"] == "1.125003375"
    assert (line["price"]["price_id"], line["price"]["source"]) == ("p_gpt_in", "list of June")
    assert line["price"]["unit_price"] == "0.00000125"
    assert line["contract_price"] is None
    assert [row["project_id"] for row in line["charges"]] == ["proj_berlin"]
    assert [row["discount_amount"] for row in line["discounts"]] == ["0.1125003375"]
    usage = line["usage"]
    assert usage["quantity"] == usage["requests"]["quantity"] == 1_000_003
    assert usage["files"] == [
        {"ingest_sequence": 1, "file_name": "october.jsonl", "quantity": 1_000_003}
    ]
    (request,) = usage["requests"]["first"]
    assert (request["request_id"], request["line_number"]) == ("r1", 1)


def test_without_a_line_every_line_is_explained_but_no_usage_is_traced(
    warehouse: Warehouse, invoice: Document
) -> None:
    lines = explain(warehouse, invoice)["lines"]
    assert [line["price"]["price_id"] for line in lines] == ["p_gpt_in", "p_gpt_out", "p_son_in"]
    assert not any("usage" in line for line in lines)


def test_an_explanation_is_plain_data(warehouse: Warehouse, invoice: Document) -> None:
    explanation = explain(warehouse, invoice, line=3)
    assert json.loads(json.dumps(explanation)) == explanation


def test_only_requests_at_the_lines_own_price_are_traced(
    warehouse: Warehouse, invoice: Document
) -> None:
    other = {"usage_key_id": 9, "organization_id": "org_berlin", "project_id": "proj_berlin"}
    names = ("requested_model_id", "answered_model_id", "billed_model_id")
    key = {**other, "payer": "contract", **dict.fromkeys(names, "gpt-5"), "region": "eu"}
    insert(warehouse, "intermediate.dim_usage_key", {**key, "api_key_id": "key_berlin"})
    at = {"quarter_hour": "2026-10-10 12:00", "ingest_sequence": 1, "usage_key_id": 9}
    rolled = {**at, "requests": 1, "input_uncached_tokens": 7}
    insert(warehouse, "intermediate.int_usage__quarter_hours", rolled)
    price = {"price_id": "p_eu", "model_id": "gpt-5", "meter": "input_uncached", "region": "eu"}
    dated = {"unit_price": "0.000002", "valid_from_at": "2026-01-01"}
    insert(warehouse, "catalog.prices", {**price, **dated})
    (line,) = explain(warehouse, invoice, line=1)["lines"]
    assert line["usage"]["quantity"] == 1_000_003


def test_what_is_shown_is_bounded_but_totals_cover_everything(
    warehouse: Warehouse, invoice: Document
) -> None:
    bounds = Bounds(quarter_hours=0, requests=0)
    (line,) = explain(warehouse, invoice, line=1, bounds=bounds)["lines"]
    usage = line["usage"]
    assert (usage["largest_quarter_hours"], usage["requests"]["first"]) == ([], [])
    assert (usage["quarter_hours"], usage["requests"]["count"]) == (1, 1)


def test_a_fee_leads_to_its_subscription(warehouse: Warehouse) -> None:
    fee = _line(1, 1, "19.00", kind="plan_fee", unit_price="19", base_quantity=1)
    explanation = explain(warehouse, _document("org_plan", "subscription", fee), line=1)
    assert explanation["lines"][0]["subscription"]["subscription_id"] == "sub_plan"
    text = explanation_text(explanation)
    assert "    1 x 19 EUR = 19 exactly, shown as 19.00 EUR" in text


def test_a_line_that_does_not_exist_is_refused(warehouse: Warehouse, invoice: Document) -> None:
    with pytest.raises(MeterbookError, match="no line 4: the document has 3 lines"):
        explain(warehouse, invoice, line=4)


def test_a_warehouse_with_other_amounts_is_refused_naming_both(
    warehouse: Warehouse, invoice: Document
) -> None:
    warehouse.execute(
        "update finance.fct_invoice_lines set line_amount = 1.14 where line_number = 1"
    )
    with pytest.raises(MeterbookError, match=r"1000003 units for 1\.13, the warehouse .* 1\.14"):
        explain(warehouse, invoice, line=1)


def test_a_document_the_warehouse_does_not_hold_is_refused(
    warehouse: Warehouse, invoice: Document
) -> None:
    with pytest.raises(MeterbookError, match="close 2026-09 again"):
        explain(warehouse, {**invoice, "billing_month": "2026-09"})


def test_the_words_lead_from_the_total_to_a_request(
    warehouse: Warehouse, invoice: Document
) -> None:
    text = explanation_text(explain(warehouse, invoice, line=3))
    assert text[:3] == [
        "INV-2026-000001 of org_berlin for 2026-10",
        "Total 2.37 EUR = subtotal 2.48 - discounts 0.49 + tax 0.38",
        "Amount due 2.37 EUR",
    ]
    assert any("20 % of 1.21500243 = 0.243000486 EUR exactly" in line for line in text)
    assert any("exactly the quantity of the line" in line for line in text)
    assert any("r2" in line and "october.jsonl line 2" in line for line in text)


def test_a_line_that_got_a_cent_of_others_says_so(warehouse: Warehouse, invoice: Document) -> None:
    words = " (lines share the rounded sum by largest remainder)"
    text = explanation_text(explain(warehouse, invoice))
    shown = [line for line in text if "shown as" in line]
    # 1.1250 alone would be 1.13, 0.0018 would be 0.00, 1.3500 would be 1.35
    assert not any(words in line for line in shown)
    explanation = explain(warehouse, invoice, line=1)
    explanation["lines"][0]["exact_amount"] = "1.124"
    assert any(words in line for line in explanation_text(explanation))


def test_usage_that_raw_rows_do_not_confirm_is_said(
    warehouse: Warehouse, invoice: Document
) -> None:
    warehouse.execute("delete from raw.usage_event where line_number = 1")
    text = explanation_text(explain(warehouse, invoice, line=1))
    assert any("0 requests" in line and "NOT the quantity of the line" in line for line in text)


def test_the_words_name_the_rule_of_the_rate_and_of_the_tax(
    warehouse: Warehouse, invoice: Document
) -> None:
    warehouse.execute("""
        insert into catalog.exchange_terms values ('c_berlin', 'daily', 5, 10);
        insert into catalog.tax_rules values
            ('at_home', 10, 'DE', 'DE', 'business', '', 'de_standard');
        update catalog.billing_profiles set tax_rule_id = 'at_home' where currency = 'EUR';
        insert into finance.fct_invoice_accounting values
        ('org_berlin', '2026-10-01', 'enterprise', '2026-10-01', 'S', 0.19, 'EUR', 1.99, 0.38, 'USD', 2, 1.125,
         '2026-10-30', 'ecb', 2.24, 0.43, 2.67)
    """)
    text = explanation_text(explain(warehouse, invoice, line=1))
    for words in (
        (
            "Tax treatment de_standard: chosen by rule at_home of tax_rules.csv, precedence 10 "
            "(seller in DE, buyer in DE, buyer a business)"
        ),
        "Tax rate de_19: 19 % of category S in DE, valid from 2021-01-01, from VAT act",
        (
            "In the seller's accounts, tax S 19 %: net 2.24 + tax 0.43 = 2.67 USD at 1.125, "
            "ecb of 2026-10-30"
        ),
        (
            "    Converted at the last rate of ecb up to each day of usage, at most 5 days old, "
            "prices rounded to 10 decimals (daily of c_berlin)"
        ),
    ):
        assert words in text


def test_the_words_name_what_the_contract_bills_otherwise(
    warehouse: Warehouse, invoice: Document
) -> None:
    assert explain(warehouse, invoice)["lines"][0]["outcome_rules"] == []
    warehouse.execute("""
        insert into catalog.contract_outcome_rules values
        ('c_berlin', 'gateway_cache_hit', true, ''), ('c_kolkata', 'byok', true, ''),
        ('c_berlin', 'client_aborted', false, 'goodwill')
    """)
    text = explanation_text(explain(warehouse, invoice, line=1))
    assert [words for words in text if "By contract" in words] == [
        "    By contract c_berlin, client_aborted is not billed (goodwill)",
        "    By contract c_berlin, gateway_cache_hit is billed",
    ]


def test_what_is_as_usual_is_said_too(warehouse: Warehouse, invoice: Document) -> None:
    text = explanation_text(explain(warehouse, invoice, line=1))
    assert "Tax treatment de_standard: named by the billing profile" in text
    assert (
        "    Converted at the last rate of ecb up to the month's last day, of any age "
        "(invoice_date of c_berlin)" in text
    )


def test_a_statement_has_no_tax_treatment(warehouse: Warehouse) -> None:
    line = _line(1, 1_000_000, "1.25", unit_price="1.25")
    explanation = explain(warehouse, _document("org_kolkata", "prepaid", line))
    assert (explanation["tax_treatment"], explanation["tax_rates"]) == (None, [])
    assert not any("Converted" in text for text in explanation_text(explanation))
