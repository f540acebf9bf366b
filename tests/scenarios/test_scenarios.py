"""Every scenario, from raw rows to finalized documents, against its own arithmetic.

All cases are customers of one gateway: their files are ingested together and their months
closed together, month by month, as an operator would.
"""

import json
from typing import Any

import pytest

from tests.orchestration.installation import Installation
from tests.scenarios.cases import Case, all_cases, deliver, write_catalog

CASES = all_cases()
Document = dict[str, Any]


def _after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12}-{number % 12 + 1:02d}-05T06:00:00Z"


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    """All documents of all cases, after their months were closed one by one."""
    root = tmp_path_factory.mktemp("scenarios") / "home"
    months = sorted({month for case in CASES for month in case.months})
    home = Installation(root)
    for month in months:
        now = _after(month)
        write_catalog(root / "catalog", CASES, month)
        files = list(deliver(root / "delivered", CASES, month))
        if files:
            home.must("ingest", *files, now=now)
        home.must("close", month, "--finalize", now=now)
        assert home.must("reconcile", month, "--json", now=now).json["balanced"] is True
    return [json.loads(path.read_text()) for path in root.glob("documents/**/invoice.json")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_scenario_ends_in_the_documents_its_readme_computes(
    issued: list[Document], case: Case
) -> None:
    seen = [_summary(document) for document in issued]
    seen = sorted(
        (
            document
            for document in seen
            if document["organization"] in case.organizations and document["month"] in case.months
        ),
        key=_place,
    )
    wanted = sorted(case.expected, key=_place)
    assert [_place(document) for document in seen] == [_place(document) for document in wanted]
    for mine, theirs in zip(seen, wanted, strict=True):
        assert {name: mine[name] for name in theirs} == theirs


def _place(document: Document) -> tuple[str, ...]:
    place = tuple(document[name] for name in ("organization", "month", "kind", "payment_mode"))
    return (*place, document.get("top_up", ""))


def _summary(document: Document) -> Document:
    """What a case may expect of a document, as people write it."""
    return {
        "organization": document["buyer"]["party_id"],
        "month": document["billing_month"],
        "kind": document["kind"],
        "payment_mode": document["payment_mode"],
        "top_up": document.get("top_up", {}).get("top_up_id", ""),
        "corrects_month": document["corrects_month"],
        "currency": document["currency"],
        "period": f"{document['period_first_day']} to {document['period_last_day']}",
        "lines": [_line(line) for line in document["lines"]],
        "allowances": [_allowance(row) for row in document["allowances"]],
        "credits": [_credit(row) for row in document["credits"]],
        "taxes": [_tax(row) for row in document["taxes"]],
        "not_billed": {row["meter"]: row["quantity"] for row in document["summary"]["not_billed"]},
        "balance": _balance(document["balance"]),
        "exchange": _exchange(document["exchange"]),
        "accounting": _accounting(document["accounting"]),
        **document["totals"],
    }


def _line(line: Document) -> str:
    what = [line["service_month"], line["model_id"], line["meter"], line["kind"]]
    name = " ".join(word for word in what if word and word != "usage")
    price = f"{line['quantity']} x {line['unit_price']}"
    base = f" / {line['base_quantity']}" if line["base_quantity"] != 1 else ""
    return f"{name}: {price}{base} = {line['amount']}"


def _allowance(row: Document) -> str:
    is_percent = row["kind"] == "percent"
    share = f"{row['pct']} of {row['base_amount']} " if is_percent else ""
    return f"{row['name']}: {share}= {row['amount']}"


def _credit(row: Document) -> str:
    return f"{row['name']} ({row['kind']}): {row['used']} of {row['available']}, {row['left']} left"


def _tax(row: Document) -> str:
    return f"{row['category']} {row['rate']}: {row['taxable_amount']} -> {row['tax_amount']}"


def _balance(balance: Document | None) -> list[str] | None:
    if balance is None:
        return None
    entries = [f"{row['day']} {row['kind']} {row['amount']}" for row in balance["entries"]]
    return [f"opening {balance['opening']}", *entries, f"closing {balance['closing']}"]


def _exchange(row: Document | None) -> str | None:
    if row is None:
        return None
    pair = f"1 {row['base_currency']} = {row['rate']} {row['quote_currency']}"
    return f"{pair} ({row['source']} {row['rate_date']}, {row['date_rule']})"


def _accounting(row: Document | None) -> str | None:
    if row is None:
        return None
    sums = f"{row['net']} + {row['tax']} = {row['total']} {row['currency']}"
    return f"{sums} at {row['rate']} ({row['source']} {row['rate_date']})"
