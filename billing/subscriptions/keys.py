"""Creating, regenerating, disabling and deleting keys.

Here: the acts on one key, each one transaction. Keep out: subscriptions (`subscribing`) and what a
key may be used for (`entitlements`).
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, select

from billing.books import Books
from billing.books.account_tables import api_key
from billing.books.accounts import (
    Key,
    Subscription,
    end_key,
    issue_key,
    keys,
    subscriptions,
)
from billing.errors import BooksError, MeterbookError
from billing.subscriptions.act import Act
from billing.subscriptions.acting import acting
from billing.subscriptions.chains import carrier_at
from billing.subscriptions.files import Customer, CustomerFiles
from billing.subscriptions.key_material import KeyMaterial, new_material

PAYERS_WITHOUT_SUBSCRIPTION = ("balance", "contract")
_VERSION = re.compile(r"\.r(\d+)$")


@dataclass(frozen=True)
class IssuedKey:
    """A key that was just made: the only place where its plain text ever is."""

    key: Key
    material: KeyMaterial


def create_key(
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    act: Act,
    *,
    project_id: str,
    name: str,
    payer: str | None = None,
) -> IssuedKey:
    """Make a key that is paid by the active subscription, or by `payer`: balance or contract.

    Raises MeterbookError when the project is another's, the payer is none of these, or nothing is
    active to pay for it.
    """
    require_project(files, customer, project_id)
    if payer is not None and payer not in PAYERS_WITHOUT_SUBSCRIPTION:
        raise MeterbookError(
            f"{payer!r} pays for no key. Use balance or contract; leave it out for the active "
            "subscription."
        )
    with acting(books, files, customer, act) as doing:
        connection = doing.connection
        subscription = None if payer else _active(connection, customer, act.at)
        paid_by = payer or (subscription.kind if subscription else "")
        material = new_material(paid_by)
        key = Key(
            next_key_id(connection, files, customer.organization_id),
            customer.organization_id,
            project_id,
            name,
            material.masked,
            material.sha256,
            paid_by,
            subscription.subscription_id if subscription else None,
            act.at,
        )
        issue_key(connection, key, act.at)
        doing.says = ("create_key", key.api_key_id, f"{name}, {paid_by}")
    return IssuedKey(key, material)


def regenerate_key(
    books: Books, files: CustomerFiles, customer: Customer, api_key_id: str, act: Act
) -> IssuedKey:
    """Put a new key in the place of one, which is not valid any more from this instant on.

    The new one ends when the old one would have. Raises BooksError when the key or its
    subscription has ended, or the key began this second.
    """
    with acting(books, files, customer, act) as doing:
        connection = doing.connection
        old = _running(connection, customer, api_key_id, act.at)
        paid_by = _paid_by(connection, old, act.at)
        end_key(connection, api_key_id, act.at, "regenerated")
        material = new_material(old.payer)
        new = replace(
            old,
            api_key_id=_next_version(connection, files, api_key_id),
            masked_prefix=material.masked,
            key_sha256=material.sha256,
            valid_from=act.at,
            replaces_id=api_key_id,
            subscription_id=paid_by,
            adopted="",
        )
        issue_key(connection, new, act.at)
        doing.says = ("regenerate_key", api_key_id, f"now {new.api_key_id}")
    return IssuedKey(new, material)


def end_key_now(
    books: Books,
    files: CustomerFiles,
    customer: Customer,
    api_key_id: str,
    act: Act,
    *,
    reason: str,
) -> Key:
    """Disable or delete a key: from this instant on it is not valid, for good.

    Raises BooksError when it has ended before, or began this second.
    """
    with acting(books, files, customer, act) as doing:
        connection = doing.connection
        old = _running(connection, customer, api_key_id, act.at)
        end_key(connection, api_key_id, act.at, reason)
        action = "disable_key" if reason == "disabled" else "delete_key"
        doing.says = (action, api_key_id, old.masked_prefix)
    return replace(old, valid_to=act.at, end_reason=reason)


def require_project(files: CustomerFiles, customer: Customer, project_id: str) -> None:
    """Raise MeterbookError unless the project is one of the organization's."""
    own = [row["project_id"] for row in files.rows("projects", customer.organization_id)]
    if project_id not in own:
        raise MeterbookError(
            f"{project_id!r} is no project of {customer.organization_id}. "
            f"Its projects are {', '.join(sorted(own)) or 'none: add one to projects.csv'}."
        )


def next_key_id(connection: Connection, files: CustomerFiles, organization_id: str) -> str:
    """Return an id that no key has, in books or files: two organizations may share a stem."""
    stem = f"key_{organization_id.removeprefix('org_')}_"
    taken: set[str] = set(
        connection.execute(
            select(api_key.c.api_key_id).where(api_key.c.api_key_id.startswith(stem))
        ).scalars()
    )
    number = len(taken) + 1
    while _is_taken(connection, files, f"{stem}{number:02d}"):
        number += 1
    return f"{stem}{number:02d}"


def _next_version(connection: Connection, files: CustomerFiles, api_key_id: str) -> str:
    found = _VERSION.search(api_key_id)
    stem = api_key_id[: found.start()] if found else api_key_id
    version = int(found[1]) + 1 if found else 2
    while _is_taken(connection, files, f"{stem}.r{version}"):
        version += 1
    return f"{stem}.r{version}"


def _is_taken(connection: Connection, files: CustomerFiles, api_key_id: str) -> bool:
    query = select(api_key.c.api_key_id).where(api_key.c.api_key_id == api_key_id)
    in_books = connection.execute(query).scalar_one_or_none() is not None
    return in_books or files.has("api_keys", "api_key_id", api_key_id)


def _running(connection: Connection, customer: Customer, api_key_id: str, at: datetime) -> Key:
    own = keys(connection, customer.organization_id)
    found = next((key for key in own if key.api_key_id == api_key_id), None)
    if found is None:
        raise BooksError(f"There is no key {api_key_id!r}. See `meterbook keys`.")
    if found.has_ended(at):
        after = next((key.api_key_id for key in own if key.replaces_id == api_key_id), "")
        successor = f" and {after} took its place" if after else ""
        why = found.end_reason or "expired"
        raise BooksError(
            f"{api_key_id} was {why} at {found.valid_to:%Y-%m-%dT%H:%M:%SZ}{successor}: "
            "a key that ended stays so. Create a new one."
        )
    if at <= found.valid_from:
        raise BooksError(
            f"{api_key_id} begins at {found.valid_from:%Y-%m-%dT%H:%M:%SZ}: it can end a second "
            "later at the earliest."
        )
    return found


def _paid_by(connection: Connection, key: Key, at: datetime) -> str | None:
    """Return the subscription that pays for a key now; raises BooksError when it has ended."""
    bought = subscriptions(connection, key.organization_id)
    own = next((each for each in bought if each.subscription_id == key.subscription_id), None)
    if own is None:
        return key.subscription_id
    paying = carrier_at(bought, own, at)
    if paying.has_ended(at):
        raise BooksError(
            f"{key.api_key_id} belongs to {paying.subscription_id}, which ended at "
            f"{paying.ends_at:%Y-%m-%dT%H:%M:%SZ}. Renew the subscription: it gets a new key."
        )
    return paying.subscription_id


def _active(connection: Connection, customer: Customer, at: datetime) -> Subscription:
    for each in subscriptions(connection, customer.organization_id):
        if each.is_active(at):
            return each
    raise BooksError(
        f"{customer.organization_id} has no active subscription to pay for the key. "
        "Say --payer balance or --payer contract, or subscribe first."
    )
