"""What a close and Dagster's page say of money that runs low; neither holds anybody back."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from dagster import AssetCheckSeverity

from billing.books.alerts import Alert
from billing.periods import BillingMonth
from billing.subscriptions.caps import KeySpend
from orchestration.commands import warning
from orchestration.commands.alerts import row_of, words_of
from orchestration.commands.warning import Warned, print_warnings, warning_rows
from orchestration.defs.prepaid.assets import CHECK, SHOWN, balance_alerts, result_of

AT = datetime(2026, 11, 5, 6, tzinfo=UTC)
TOLD = {
    "balance": "5.432244500000",
    "currency": "USD",
    "days_left": "0.90",
    "pessimistic_days_left": "0.31",
    "amount": "50.00",
}
ASKED = Alert(
    "auto_top_up", "org_harbor", "organization", "org_harbor", "auto", "20", "1", AT, AT, TOLD
)
SPENT = KeySpend(
    "org_mosaic", BillingMonth(2026, 10), "key_mosaic_01", "limit_1", "USD",
    Decimal("5.000"), Decimal("4.000000000001"), 80, is_reached=False, as_of_at=AT, forecast_at=None,
)  # fmt: skip
AHEAD = replace(SPENT, spent_percent=20, forecast_at=datetime(2026, 10, 28, 9, tzinfo=UTC))
OTHER = Alert("key_idle", "org_kestrel", "api_key", "key_1", "idle", "30", "2026-11", AT, AT)


def test_nothing_raised_passes() -> None:
    result = result_of([])
    assert (result.passed, result.check_name) == (True, CHECK)


def test_what_was_raised_is_a_warning_that_lists_it() -> None:
    result = result_of([ASKED] * (SHOWN + 1))
    assert (result.passed, result.severity) == (False, AssetCheckSeverity.WARN)
    assert result.metadata["alerts"].value == SHOWN + 1
    records = result.metadata["raised"].value.records  # type: ignore[union-attr]
    assert len(records) == SHOWN
    assert records[0].data["organization"] == "org_harbor"
    assert records[0].data["balance"] == "5.432244500000"


def test_it_stops_no_run() -> None:
    (spec,) = balance_alerts.check_specs
    assert (spec.name, spec.blocking) == (CHECK, False)


def test_a_person_reads_a_sentence_and_a_program_every_field() -> None:
    words = "5.432244500000 USD left, 0.90 days (0.31 at worst); pay 50.00 USD"
    assert words_of(ASKED) == words
    row = row_of(ASKED, as_json=True)
    assert row["alert_id"] == ASKED.alert_id
    assert (row["as_of"], row["payload"]) == ("2026-11-05T06:00:00Z", TOLD)
    assert warning_rows(Warned([], [], [], [], [ASKED])) == [row]


def test_an_alert_of_another_kind_is_listed_without_a_balance() -> None:
    assert words_of(OTHER) == ""


def test_a_close_names_them_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_warnings(Warned([], [], [], [], [ASKED]))
    told = capsys.readouterr()
    assert told.out == ""
    assert "org_harbor: 5.432244500000 USD left, 0.90 days" in told.err
    assert "(auto)" in told.err


def test_a_close_names_keys_that_spent_nearly_what_they_may(
    capsys: pytest.CaptureFixture[str],
) -> None:
    warned = Warned([], [], [], [SPENT], [])
    print_warnings(warned)
    told = capsys.readouterr()
    assert told.out == ""
    assert "org_mosaic key_mosaic_01: 4.000000000001 of 5.000 USD spent, 80 %" in told.err
    (row,) = warning_rows(warned)
    assert row["spent_amount"] == Decimal("4.000000000001")


def test_a_close_names_keys_that_will_have_spent_what_they_may(
    capsys: pytest.CaptureFixture[str],
) -> None:
    warned = Warned([], [], [], [AHEAD], [])
    print_warnings(warned)
    told = capsys.readouterr().err
    assert "spent what they may in a month, or are about to." in told
    assert "of 5.000 USD spent, 20 %; all of it about 2026-10-28T09:00:00Z\n" in told
    (row,) = warning_rows(warned)
    assert (row["as_of_at"], row["forecast_at"]) == (
        ("2026-11-05T06:00:00Z", "2026-10-28T09:00:00Z")
    )


def test_what_is_below_the_first_threshold_is_a_warning_only_if_it_is_foreseen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    below = replace(SPENT, spent_percent=79)
    for name in ("alerts_of", "silences_of", "misuses_of", "newest_alerts", "read_forecasts"):
        monkeypatch.setattr(warning, name, lambda *_: [])
    monkeypatch.setattr(warning, "spending_of", lambda *_: [SPENT, below, AHEAD])
    found = [
        warning.find_warnings(*[None] * 2, SPENT.billing_month, chosen) for chosen in ([], ["x"])
    ]  # type: ignore[arg-type]
    assert [warned.spending for warned in found] == [[SPENT, AHEAD], []]
