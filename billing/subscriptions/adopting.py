"""The books take over what the catalog's files say of an organization, once.

Here: the step before every act, so that the books' constraints see all there is. From then on the
books keep those rows, and a file that says something else is refused by name. Keep out: acts.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from billing.books.accounts import Key, Subscription, begin, issue_key, keys, subscriptions
from billing.catalog.files import FILES
from billing.errors import CatalogError, Problem
from billing.subscriptions.act import Act
from billing.subscriptions.files import KEYS, SUBSCRIPTIONS, Customer, CustomerFiles

IDS = {SUBSCRIPTIONS: "subscription_id", KEYS: "api_key_id"}


def adopt(connection: Connection, files: CustomerFiles, customer: Customer, act: Act) -> None:
    """Take over the rows of one organization that the books do not have yet.

    Raises CatalogError when a row says something else than when it was taken over, and BooksError
    when the constraints refuse a new one.
    """
    organization = customer.organization_id
    bought = {each.subscription_id: each for each in subscriptions(connection, organization)}
    held = {each.api_key_id: each for each in keys(connection, organization)}
    problems = [*edited(SUBSCRIPTIONS, files.written, bought), *edited(KEYS, files.written, held)]
    if problems:
        raise CatalogError(problems)
    for subscription in files.subscriptions(customer):
        if subscription.subscription_id not in bought:
            begin(connection, subscription, files.items(subscription.subscription_id), act.at)
    for key in files.keys(customer):
        if key.api_key_id not in held:
            issue_key(connection, key, act.at)


def edited(
    name: str,
    written: Mapping[tuple[str, str], str],
    kept: Mapping[str, Subscription] | Mapping[str, Key],
) -> Iterator[Problem]:
    """Name each row of a file that says something else than when the books took it over."""
    for row_id, row in kept.items():
        text = written.get((name, row_id))
        if text is not None and text != row.adopted:
            was = row.adopted or "made by the books, not by this file"
            yield Problem(
                FILES[name].file_name,
                f"{row_id} is kept in the books, which took it over as {was}",
                "Put the row back, and change it with the command line",
                field=IDS[name],
            )
