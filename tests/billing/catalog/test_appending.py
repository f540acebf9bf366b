"""Importers append in the order of the columns that a file has."""

from pathlib import Path

from billing.catalog.appending import append_rows
from billing.catalog.files import FILES

RATES = FILES["exchange_rates"]
ROW = {
    "source": "ecb",
    "base_currency": "USD",
    "quote_currency": "EUR",
    "rate_date": "2026-10-30",
    "rate": "0.9",
}


def test_cells_follow_the_header_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / RATES.file_name
    file.write_bytes(b"\xef\xbb\xbfrate,rate_date,source,quote_currency,base_currency\r\n1,,,,")
    append_rows(tmp_path, RATES, [ROW])
    lines = file.read_bytes().splitlines()
    assert lines[1] == b"1,,,,"
    assert lines[2] == b"0.9,2026-10-30,ecb,EUR,USD"


def test_a_missing_file_is_created_with_its_columns(tmp_path: Path) -> None:
    append_rows(tmp_path, RATES, [ROW])
    assert (tmp_path / RATES.file_name).read_text().splitlines() == [
        "source,base_currency,quote_currency,rate_date,rate",
        "ecb,USD,EUR,2026-10-30,0.9",
    ]


def test_a_column_that_a_file_did_without_is_added_where_a_row_needs_it(tmp_path: Path) -> None:
    discounts = FILES["discounts"]
    file = tmp_path / discounts.file_name
    file.write_text('discount_id,name\nd1,"ten, for all"\n')
    append_rows(tmp_path, discounts, [{"discount_id": "d2", "name": "b"}])
    assert file.read_text() == 'discount_id,name\nd1,"ten, for all"\nd2,b\n'
    append_rows(tmp_path, discounts, [{"discount_id": "d3", "name": "c", "family": "gpt"}])
    assert file.read_text().splitlines() == [
        "discount_id,name,family",
        'd1,"ten, for all",',
        "d2,b,",
        "d3,c,gpt",
    ]
