"""Reminders from the books to the letter on disk: by command, by schedule, over a kill.

The sample catalog reminds 7, 21 and 35 days after the due date.
"""

import json
import shutil
import signal
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from dagster import DagsterInstance, RunRequest, build_schedule_context

from billing.clock import Clock
from billing.home import Home
from invoice_render.reminder import Reminder
from orchestration.build import build_definitions
from orchestration.instance import open_instance
from orchestration.reminders import reference_of
from tests.invoice_render.people import ETOILE
from tests.invoice_render.reading import Page, pdf_text
from tests.orchestration.installation import Installation
from tests.orchestration.overdue import file, invoice, renamed

NOW = "2026-12-20T06:35:00Z"
AURORA = Path("documents/org_aurora/reminder-2026-12-20-2")
EVERYTHING = ["reminder.html", "reminder.json", "reminder.pdf"]


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    """Aurora owes 100.00 since 25 November and 20.00 since 15 December, Étoile 7.50."""
    made = replace(Installation.new(tmp_path / "home"), now=NOW)
    file(made, invoice("100.00", "2026-11-25"))
    file(made, invoice("20.00", "2026-12-15"), "2026-11")
    file(made, invoice("7.50", "2026-12-13", buyer=ETOILE, locale="fr_FR", zone="Europe/Paris"))
    return made


def letter(home: Installation, folder: Path) -> Reminder:
    assert sorted(path.name for path in (home.root / folder).iterdir()) == EVERYTHING
    return Reminder.model_validate_json((home.root / folder / "reminder.json").read_bytes())


def remind(home: Installation, *arguments: str, now: str = "") -> dict[str, list[dict[str, str]]]:
    told: dict[str, list[dict[str, str]]] = home.must(
        "receivables", "remind", "--json", *arguments, now=now
    ).json
    return told


def test_each_customer_gets_one_letter_of_all_that_is_overdue(home: Installation) -> None:
    home.must("receivables", "pay", "org_aurora", "40", "--client-reference", "wire")
    told = remind(home)
    assert [(each["number"], each["step"], each["open"]) for each in told["reminders"]] == [
        ("INV-2026-000001", 2, "60.00"),
        ("INV-2026-000003", 1, "7.50"),
    ]
    etoile = Path("documents/org_etoile/reminder-2026-12-20-1")
    assert told["letters"] == [f"{AURORA}", f"{etoile}"]
    aurora = letter(home, AURORA)
    assert [(each.number, each.days_overdue, f"{each.open}") for each in aurora.invoices] == [
        ("INV-2026-000001", 25, "60.00"),
        ("INV-2026-000002", 5, "20.00"),
    ]
    assert (aurora.step, aurora.total_open) == (2, Decimal("80.00"))
    assert aurora.account.reference == "INV-2026-000001, INV-2026-000002"
    page = Page((home.root / AURORA / "reminder.html").read_text()).text
    paper = pdf_text((home.root / AURORA / "reminder.pdf").read_bytes())
    for text in (page, paper):
        assert all(words in text for words in ("Mahnung", "100,00", "40,00", "60,00", "80,00 €"))
    french = pdf_text((home.root / etoile / "reminder.pdf").read_bytes())
    assert all(words in french for words in ("Rappel de paiement", "Étoile Média SAS", "7,50 €"))


def test_a_second_run_does_nothing_and_alerts_list_what_was_raised(home: Installation) -> None:
    remind(home)
    before = home.documents()
    again = remind(home)
    assert (again["reminders"], again["letters"]) == ([], [])
    assert home.documents() == before
    listed = home.must("alerts", "--kind", "payment_reminder", "--json").json["alerts"]
    assert sorted(each["crossing"] for each in listed) == ["INV-2026-000001", "INV-2026-000003"]
    line = home.must("alerts", "--kind", "payment_reminder", "--org", "org_aurora").out
    assert "INV-2026-000001: 100.00 EUR open, 25 days overdue" in line


def test_a_dry_run_records_and_writes_nothing(home: Installation) -> None:
    seen = remind(home, "--dry-run", "--org", "org_etoile")
    assert [each["number"] for each in seen["reminders"]] == ["INV-2026-000003"]
    assert seen["letters"] == []
    assert home.documents() == {}
    assert home.must("alerts", "--json").json["alerts"] == []
    assert remind(home)["reminders"] == remind_of_a_fresh_look(home)


def remind_of_a_fresh_look(home: Installation) -> list[dict[str, str]]:
    """What the books say was raised, in the words of the command."""
    listed = home.must("alerts", "--kind", "payment_reminder", "--json").json["alerts"]
    fields = ("number", "step", "due_date", "days_overdue", "currency", "open")
    rows = [
        {"number": each["crossing"], "organization_id": each["organization_id"]}
        | {field: each["payload"][field] for field in fields}
        for each in listed
    ]
    return sorted(rows, key=lambda row: row["number"])


@pytest.mark.parametrize(
    "kill_at", ["alert.after_commit", "render.before_rename", "render.before_rename:2"]
)
def test_a_kill_between_the_books_and_the_letter_loses_no_letter(
    home: Installation, tmp_path: Path, kill_at: str
) -> None:
    quiet = home.copy(tmp_path / "quiet")
    remind(quiet)
    assert home.run("receivables", "remind", kill_at=kill_at).code == -signal.SIGKILL
    home.must("receivables", "pay", "org_aurora", "100", "--client-reference", "wire")
    later = remind(home, now="2026-12-21T06:35:00Z")
    assert later["reminders"] == []
    assert home.documents() == quiet.documents()
    assert len(quiet.documents()) == 2 * len(EVERYTHING)


def test_a_letter_that_was_lost_is_written_anew_as_it_was(home: Installation) -> None:
    remind(home)
    before = home.documents()
    shutil.rmtree(home.root / AURORA)
    home.must("receivables", "pay", "org_aurora", "120", "--client-reference", "wire")
    assert remind(home, "--org", "org_etoile")["letters"] == []
    assert remind(home)["letters"] == [f"{AURORA}"]
    assert home.documents() == before


def test_parties_language_and_bank_are_those_of_the_newest_invoice(home: Installation) -> None:
    moved = renamed("Aurora Robotics Ltd", city="London", country="GB")
    newest = invoice("5.00", "2026-12-18", buyer=moved, locale="en_GB")
    payment = newest.payment.model_copy(update={"iban": "DE02120300000000202051"})
    file(home, newest.model_copy(update={"payment": payment}), "2026-12")
    remind(home)
    made = letter(home, AURORA)
    assert (made.buyer.legal_name, made.locale) == ("Aurora Robotics Ltd", "en_GB")
    assert made.account.iban == "DE02120300000000202051"
    assert made.total_open == Decimal("125.00")


def test_a_letter_that_cannot_be_printed_holds_up_no_other(home: Installation) -> None:
    thai = renamed("ไทย", party_id="org_thai")
    file(home, invoice("5.00", "2026-12-10", buyer=thai))
    done = home.run("receivables", "remind", "--json")
    assert done.code == 1
    assert "org_thai, reminder-2026-12-20-1: No PDF: no glyph" in done.err
    assert len(done.json["reminders"]) == 3
    assert len(done.json["letters"]) == 2
    assert len(done.json["refused"]) == 1
    assert not (home.root / "documents" / "org_thai" / "reminder-2026-12-20-1").exists()


def test_without_steps_nobody_is_reminded_and_a_bad_catalog_is_refused(home: Installation) -> None:
    steps = home.root / "catalog" / "reminder_steps.csv"
    good = steps.read_text()
    steps.write_text(good.replace("firm,anyint_eu,2,21", "firm,anyint_eu,2,7"))
    refused = home.run("receivables", "remind")
    assert refused.code == 1
    assert "reminder_steps.csv, row 3, field days_after_due" in refused.err
    steps.unlink()
    assert "No reminder is due." in home.must("receivables", "remind").out
    steps.write_text(good)
    assert len(remind(home)["letters"]) == 2


def test_a_home_that_somebody_works_in_is_left_alone(home: Installation) -> None:
    with Home(home.root).exclusive():
        done = home.run("receivables", "remind")
        assert (done.code, "Another process" in done.err) == (1, True)
        assert len(remind(home, "--dry-run")["reminders"]) == 2
    assert home.documents() == {}
    assert len(remind(home, "--wait", "5")["letters"]) == 2


def test_the_schedule_reminds_once_a_day_and_does_what_the_command_does(
    home: Installation, tmp_path: Path
) -> None:
    by_command = home.copy(tmp_path / "command")
    remind(by_command)
    clock = Clock(datetime(2026, 12, 20, 6, 35, tzinfo=UTC))
    definitions = build_definitions(Home(home.root), clock)
    daily = definitions.resolve_schedule_def("remind_daily")
    assert (daily.job_name, daily.cron_schedule) == ("remind", "35 6 * * *")
    with DagsterInstance.ephemeral() as ephemeral:
        asked = daily.evaluate_tick(build_schedule_context(instance=ephemeral))
    assert asked.run_requests is not None
    assert [type(each) for each in asked.run_requests] == [RunRequest]
    with open_instance(Home(home.root)) as instance:
        done = definitions.resolve_job_def("remind").execute_in_process(instance=instance)
    assert done.success
    assert home.documents() == by_command.documents()
    (output,) = (each for each in done.all_events if each.is_successful_output)
    told = output.step_output_data.metadata
    assert told["raised"].value == 2
    assert json.dumps(told["letters"].value) == json.dumps(
        [f"{AURORA}", "documents/org_etoile/reminder-2026-12-20-1"]
    )


def test_a_reference_names_as_many_invoices_as_a_transfer_has_room_for() -> None:
    """Eight numbers of 15 letters with seven times two between are 134, nine are 151."""
    rows = [{"number": f"INV-2026-{place:06}"} for place in range(1, 20)]
    assert reference_of(rows[:8]) == ", ".join(row["number"] for row in rows[:8])
    assert reference_of(rows) == reference_of(rows[:8])
    assert len(reference_of(rows)) == 134
