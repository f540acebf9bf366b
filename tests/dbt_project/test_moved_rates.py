"""What moved between two steps and costs the same at the rate of the document that billed it.

0.0109 USD for a month's total up to 1,000 and 0.0104 above, in EUR with prices of three decimals;
a dollar is 0.95 in October and 1.00 in November. October bills 1,000 x 0.010 (0.010355) = 10.00.
One token late moves them: at November's rate from 0.011 to 0.010, which is less, so both sides
stand on a note; at October's, at which they were billed, from 0.010 to 0.010 (0.00988). The note
gives back 10.00 - 10.00 = 0.00; the token costs 0.010, rounded to 0.01.
"""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.dbt_project.volume_closing import close, start
from tests.dbt_project.volume_month import MONTHS, Files, Row, add_customer, event, no_customers
from tests.dbt_project.warehouse import read

pytestmark = pytest.mark.long

D = Decimal
OCTOBER, NOVEMBER = (str(month.first_day) for month in MONTHS[:2])
IDS = ["org_moved"]
CORRECTED: Row = {
    "organization_id": "org_moved",
    "payer": "contract",
    "service_month": OCTOBER,
    "billing_month": NOVEMBER,
    "corrects_month": OCTOBER,
    "number": "INV-1",
    "issue_date": "2026-11-02",
    "left_amount": "11.90",
    "notes": 0,
}


def _customer() -> Files:
    files, always = no_customers(), {"valid_from_date": "2026-01-01", "valid_to_date": ""}
    contract = {"contract_id": f"contract_{add_customer(files, 'org_moved', 'EUR')}"}
    own = {"organization_id": "org_moved", "price_by": "answered", "exchange_source": "ecb"}
    files["contracts"].append({**contract, **own, **always})
    files["exchange_terms"].append(
        {**contract, "date_rule": "invoice_date", "max_age_days": 366, "price_digits": 3}
    )
    files["exchange_rates"] = [
        {"source": "ecb", "base_currency": "USD", "quote_currency": "EUR", "rate_date": day,
         "rate": rate}
        for day, rate in (("2026-10-30", "0.95"), ("2026-11-30", "1.00"))
    ]  # fmt: skip
    files["tier_schedules"].append(
        {"tier_schedule_id": "scale", **contract, "name": "Scale", "kind": "volume",
         "meter": "input_uncached", "model_id": "", "model_group_id": "", "currency": "USD",
         "package_size": "", **always}
    )  # fmt: skip
    files["tier_steps"] += [
        {"tier_schedule_id": "scale", "above_quantity": above, "unit_price": price}
        for above, price in (("0", "0.0109"), ("1000", "0.0104"))
    ]
    return files


def test_a_move_that_comes_to_nothing_at_its_notes_rate_is_no_fault(tmp_path: Path) -> None:
    used = (("2026-10-02", 1000), ("2026-10-03", 1))
    events = [
        event("org_moved", file, file, datetime.fromisoformat(day), {"input_uncached": quantity})
        for file, (day, quantity) in enumerate(used, start=1)
    ]
    path = start(tmp_path, _customer(), events)
    assert close(path, IDS, 1) == []
    assert close(path, IDS, 2, [CORRECTED]) == []
    lines = read(
        path,
        f"""select corrects_month < billing_month, quantity, unit_price, line_amount
        from finance.fct_invoice_lines where billing_month = '{NOVEMBER}' order by all desc""",
    )
    assert lines == [
        (True, 1000, D("0.010"), D(10)),
        (True, -1000, D("0.010"), D(-10)),
        (False, 1, D("0.010"), D("0.01")),
    ]
