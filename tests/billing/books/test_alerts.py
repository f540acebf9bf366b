"""Alerts in the books: a crossing is one row, whoever writes it and however often."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from billing.books import Books
from billing.books.alert_tables import alert
from billing.books.alerts import Alert, record_alert, recorded_alerts
from billing.errors import BooksError
from tests.billing.books.conftest import CROSSED, NOW

LATER = NOW + timedelta(hours=1)
CAP = Alert(
    "cap_used",
    "org_kestrel",
    "api_key",
    "key_kestrel_01",
    "cap_80",
    "0.80",
    "2026-11",
    NOW,
    LATER,
    {"used": "48000001", "größe": "groß"},
)


def test_an_alert_comes_back_as_it_was_recorded(books: Books) -> None:
    with books.writing() as connection:
        assert record_alert(connection, CAP)
    with books.reading() as connection:
        assert recorded_alerts(connection) == [CROSSED, CAP]
        assert recorded_alerts(connection, "org_kestrel") == [CAP]
        assert recorded_alerts(connection, "org_nobody") == []
        assert recorded_alerts(connection, kinds=["cap_used", "cap_forecast"]) == [CAP]
        assert recorded_alerts(connection, "org_kestrel", ["balance_amount"]) == []


def test_alerts_are_listed_from_the_instant_they_were_raised_at(books: Books) -> None:
    """Not from the one up to which usage was known: that of all of these is the same."""
    second = timedelta(seconds=1)
    later = replace(CAP, crossing="2026-12", raised_at=LATER + second)
    with books.writing() as connection:
        assert record_alert(connection, CAP)
        assert record_alert(connection, later)
    with books.reading() as connection:
        assert recorded_alerts(connection, since=LATER) == [CAP, later]
        assert recorded_alerts(connection, since=LATER + second) == [later]
        assert recorded_alerts(connection, "org_kestrel", ["cap_used"], LATER + second) == [later]
        assert recorded_alerts(connection, since=LATER + 2 * second) == []


def test_the_same_crossing_is_recorded_once_whatever_else_is_said_of_it(books: Books) -> None:
    with books.writing() as connection:
        assert record_alert(connection, CAP)
        assert not record_alert(connection, CAP)
        assert not record_alert(connection, replace(CAP, raised_at=LATER, payload={}))
    with books.writing() as connection:
        assert not record_alert(connection, replace(CAP, threshold="0.90", as_of=LATER))
    with books.reading() as connection:
        assert recorded_alerts(connection, "org_kestrel") == [CAP]


@pytest.mark.parametrize(
    "change",
    [
        {"crossing": "2026-12"},
        {"rule_id": "cap_90"},
        {"subject_id": "key_kestrel_02"},
        {"subject_kind": "subscription"},
        {"alert_kind": "cap_forecast"},
    ],
)
def test_anything_that_identifies_it_makes_another(books: Books, change: dict[str, str]) -> None:
    other = replace(CAP, **change)  # type: ignore[arg-type]  # all of them are texts
    assert other.alert_id != CAP.alert_id
    with books.writing() as connection:
        assert record_alert(connection, CAP)
        assert record_alert(connection, other)


def test_the_id_of_a_crossing_is_the_same_everywhere() -> None:
    """What a top-up names as its client reference must not change with a version."""
    assert CAP.alert_id == "alert_2539217adcd3b1fbf0562e70"


def careless(**change: object) -> dict[str, object]:
    return {**vars(CROSSED), "payload": "{}", "alert_id": "another", **change}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, "alert"),
        ({"alert_id": CROSSED.alert_id, "crossing": "put_on:2"}, "alert"),
        ({"crossing": ""}, "alert_named"),
        ({"crossing": "2", "rule_id": ""}, "alert_named"),
        ({"crossing": "2", "subject_kind": "moon"}, "alert_subject"),
    ],
)
def test_the_database_refuses_what_a_careless_program_writes(
    books: Books, change: dict[str, object], rule: str
) -> None:
    with pytest.raises(BooksError, match=rule), books.writing() as connection:
        connection.execute(insert(alert).values(**careless(**change)))
    with books.reading() as connection:
        assert recorded_alerts(connection) == [CROSSED]
