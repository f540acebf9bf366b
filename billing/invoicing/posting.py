"""Posting a closed month to the prepaid balance and to the credits it used.

Here: which entries a month posts, and the check against what its documents show. Keep out:
deciding what is used, and storing entries (`billing.books.balances`, `credit_uses`).
"""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import Connection

from billing.books.balance_tax import keep
from billing.books.balances import BalancePosting, closing_balances, post
from billing.books.credit_uses import CreditUse, post_uses
from billing.books.documents import Registration, major
from billing.books.lots import post_lots
from billing.errors import BooksError
from billing.invoicing.closing import Closing
from billing.invoicing.drafts import DraftDocument
from billing.invoicing.marts import Row
from billing.money import minor_digits
from billing.periods import BillingMonth

PAYMENTS = {"purchased", "committed"}


def post_balance(
    connection: Connection,
    closing: Closing,
    organization_id: str,
    filed: Sequence[tuple[Registration, DraftDocument]],
) -> None:
    """Post what moved a balance, in all and lot by lot.

    Usage is posted as its statement or invoice says, and back as credit notes do; the difference
    to what was deducted, which is exact and has tax where usage is taxed, is the remainder. The
    document and the lots must show the balance that the entries make.
    """
    used = [(each, draft) for each, draft in filed if _is_of_usage(each, draft)]
    lots = closing.lots.get(organization_id, ())
    postings = [
        BalancePosting(act.kind, act.act_id, act.minor, act.currency)
        for act in closing.acts
        if act.organization_id == organization_id
    ]
    for each, _ in used:
        sign = 1 if each.corrects_number else -1
        postings.append(
            BalancePosting("consumption", each.number, sign * each.total_minor, each.currency)
        )
    rounding = sum((Decimal(each.exact_remainder) for each in lots), Decimal(0))
    if used and rounding:
        named, remainder = used[0][0], format(rounding, "f")
        postings.append(BalancePosting("remainder", named.number, 0, named.currency, remainder))
    postings += [
        BalancePosting("expiry", each.lot.lot_id, -each.taken["expiry"], each.lot.currency)
        for each in lots
        if each.taken["expiry"]
    ]
    if postings:
        keep(connection, organization_id, closing.month, closing.taxed_at(organization_id))
    post(connection, organization_id, closing.month, postings)
    left = post_lots(connection, organization_id, closing.month, lots)
    posted = closing_balances(connection, closing.month, organization_id)
    after = posted.get(organization_id, Decimal(0))
    shown = [draft.data["balance"]["closing"] for _, draft in used if draft.data["balance"]]
    digits = minor_digits(lots[0].lot.currency) if lots else 0
    for amount in (*shown, major(left, digits)):
        if after != amount:
            raise BooksError(
                f"{organization_id}: the statement closes at {amount}, the books at {after}. "
                "Top-ups changed since the draft; close the month again."
            )


def post_credits(
    connection: Connection,
    closing: Closing,
    organization_id: str,
    filed: Sequence[tuple[Registration, DraftDocument]],
) -> None:
    """Post what the documents used of each credit; the sums must be those they show.

    The books refuse to use more of a credit than was granted.
    """
    uses = []
    for each, draft in filed:
        own = [_use(each, row) for row in draft.credit_uses]
        _require_shown(each, draft, own)
        uses += own
    post_uses(connection, organization_id, closing.month, uses)


def _is_of_usage(registration: Registration, draft: DraftDocument) -> bool:
    """Tell whether a document is of what usage took from the balance, or gives it back."""
    return registration.payment_mode == "prepaid" and not draft.top_up_id


def _use(registration: Registration, row: Row) -> CreditUse:
    digits = registration.minor_digits
    return CreditUse(
        number=registration.number,
        credit_id=row["credit_id"],
        kind=row["credit_kind"],
        grant_month=BillingMonth.of(row["grant_month"]),
        currency=registration.currency,
        granted_minor=int(row["granted_amount"].scaleb(digits)),
        amount_minor=int(row["used_amount"].scaleb(digits)),
    )


def _require_shown(
    registration: Registration, draft: DraftDocument, uses: Sequence[CreditUse]
) -> None:
    if registration.kind != "invoice" or registration.payment_mode == "prepaid":
        return
    paid = sum(use.amount_minor for use in uses if use.kind in PAYMENTS)
    taken = sum(use.amount_minor for use in uses if use.kind not in PAYMENTS)
    digits = registration.minor_digits
    shown = sum(
        int(row["amount"].scaleb(digits))
        for row in draft.data["allowances"]
        if row["kind"] not in {"percent", "maximum"}
    )
    if (paid, taken) != (registration.prepaid_minor, shown):
        raise BooksError(
            f"{registration.number}: it uses credits of {taken} and balances of {paid}, but shows "
            f"{shown} and {registration.prepaid_minor} minor units."
        )
