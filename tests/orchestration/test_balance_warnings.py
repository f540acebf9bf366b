"""What a close and Dagster's page say of balances that run low; neither holds anybody back."""

from datetime import UTC, datetime

import pytest
from dagster import AssetCheckSeverity

from billing.books.alerts import Alert
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
    assert warning_rows(Warned([], [], [], [ASKED])) == [row]


def test_an_alert_of_another_kind_is_listed_without_a_balance() -> None:
    assert words_of(OTHER) == ""


def test_a_close_names_them_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_warnings(Warned([], [], [], [ASKED]))
    told = capsys.readouterr()
    assert told.out == ""
    assert "org_harbor: 5.432244500000 USD left, 0.90 days" in told.err
    assert "(auto)" in told.err
