"""Numbers of documents: without gap, per seller, kind and year of issue.

Here: taking the next number inside the transaction that uses it. Keep out: when a document
gets one (`billing.invoicing.finalize`). The database refuses a skipped or repeated number.
"""

from sqlalchemy import Connection, insert, select, update

from billing.books.register_tables import number_series

PREFIXES = {
    "invoice": "INV",
    "statement": "ST",
    "credit_note": "CN",
    "top_up_invoice": "TI",
    "top_up_receipt": "RC",
}


def take_number(connection: Connection, seller_id: str, kind: str, year: int) -> tuple[int, str]:
    """Take the next serial of a series, and the number printed for it: INV-2026-000001.

    Valid only if the same transaction files a document under it.
    """
    key = {"seller_id": seller_id, "kind": kind, "year": year}
    same_series = (
        (number_series.c.seller_id == seller_id)
        & (number_series.c.kind == kind)
        & (number_series.c.year == year)
    )
    last = connection.execute(
        select(number_series.c.last_serial).where(same_series).with_for_update()
    ).scalar_one_or_none()
    if last is None:
        connection.execute(insert(number_series).values(**key, last_serial=0))
        last = 0
    serial: int = last + 1
    connection.execute(update(number_series).where(same_series).values(last_serial=serial))
    return serial, f"{PREFIXES[kind]}-{year}-{serial:06d}"
