"""A catalog that changes everything a what-if can answer for, at once.

Here: edits of the sample catalog, in place. Keep out: what they come to; a close says that.
"""

import csv
from collections.abc import Callable
from pathlib import Path

Rows = list[dict[str, str]]


def edit(folder: Path, name: str, change: Callable[[Rows], None]) -> None:
    """Change the rows of one file."""
    path = folder / f"{name}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    change(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def find(rows: Rows, **wanted: str) -> dict[str, str]:
    """The row with these values."""
    return next(row for row in rows if wanted.items() <= row.items())


def raise_haiku(folder: Path) -> None:
    """Visible output of Claude Haiku 4.5 costs twice as much from the middle of the month."""

    def change(rows: Rows) -> None:
        old = find(
            rows, model_id="claude-haiku-4-5", meter="output_visible", service_tier="default"
        )
        at = "2026-10-16T12:15:00Z"
        rows.append(
            old | {"price_id": "haiku_dearer", "unit_price": "0.00001", "valid_from_at": at}
        )

    edit(folder, "prices", change)


def offer_to_mosaic(folder: Path) -> None:
    """A quote: a quarter off everything for Mosaic, all month."""
    row = {
        "discount_id": "disc_mosaic_offer",
        "contract_id": "contract_mosaic_2026",
        "name": "Offer",
        "priority": "1",
        "discount_pct": "0.25",
        "model_id": "",
        "valid_from_date": "2026-10-01",
        "valid_to_date": "",
    }
    edit(folder, "discounts", lambda rows: rows.append(row))


def bill_otherwise(folder: Path, *rules: str) -> None:
    """Contracts have outcome rules of their own, each as the file writes it."""
    header = "contract_id,outcome,is_billed,not_billed_reason"
    text = "\n".join((header, *rules, ""))
    (folder / "contract_outcome_rules.csv").write_text(text, encoding="utf-8")


def change_everything(folder: Path) -> None:
    """Prices, a contract in mid-month, payers, validity, outcomes, names and fees."""
    raise_haiku(folder)
    offer_to_mosaic(folder)
    bill_otherwise(
        folder,
        "contract_cobalt_new,client_aborted,true,",
        "contract_cobalt_new,byok,true,",
        "contract_fjord_2026,success,false,goodwill",
    )

    def contracts(rows: Rows) -> None:
        old = find(rows, contract_id="contract_cobalt_2026")
        rows.append(
            old
            | {
                "contract_id": "contract_cobalt_new",
                "price_by": "requested",
                "valid_from_date": "2026-10-11",
            }
        )
        old["valid_to_date"] = "2026-10-11"

    def discounts(rows: Rows) -> None:
        find(rows, discount_id="disc_cobalt_gemini")["valid_to_date"] = "2026-10-11"

    def keys(rows: Rows) -> None:
        find(rows, api_key_id="key_harbor_01")["payer"] = "contract"
        find(rows, api_key_id="key_aurora_01")["valid_to_at"] = "2026-10-20T10:00:00Z"

    def outcomes(rows: Rows) -> None:
        aborted = find(rows, outcome="client_aborted")
        aborted |= {"is_billed": "false", "not_billed_reason": "client_aborted"}
        find(rows, outcome="gateway_cache_hit").update(is_billed="true", not_billed_reason="")

    def aliases(rows: Rows) -> None:
        find(rows, alias="gpt-5-mini-2025-08-07")["model_id"] = "gpt-5"

    def subscriptions(rows: Rows) -> None:
        find(rows, subscription_id="sub_indigo_1")["ends_date"] = "2026-10-21"

    def plans(rows: Rows) -> None:
        find(rows, plan_id="plan_solo")["monthly_fee"] = "29.00"

    edit(folder, "contracts", contracts)
    edit(folder, "discounts", discounts)
    edit(folder, "api_keys", keys)
    edit(folder, "outcome_rules", outcomes)
    edit(folder, "model_aliases", aliases)
    edit(folder, "subscriptions", subscriptions)
    edit(folder, "plans", plans)
