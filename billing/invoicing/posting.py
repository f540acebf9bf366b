"""Posting a closed month to the prepaid balance.

Here: which entries a month posts, and the check against what its statement shows. Keep out:
drawing on credit lots, and storing entries (`billing.books.balances`).
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from billing.books.balances import BalancePosting, closing_balances, post
from billing.books.documents import Registration
from billing.errors import BooksError
from billing.invoicing.closing import Closing
from billing.invoicing.drafts import DraftDocument


def post_balance(
    connection: Connection,
    closing: Closing,
    organization_id: str,
    filed: Sequence[tuple[Registration, DraftDocument]],
) -> None:
    """Post top-ups and consumption; the statement must show the balance they make."""
    statements = [(each, draft) for each, draft in filed if each.payment_mode == "prepaid"]
    postings = [
        BalancePosting("top_up", top_up.top_up_id, top_up.minor, top_up.currency)
        for top_up in closing.top_ups
        if top_up.organization_id == organization_id
    ]
    for each, draft in statements:
        rounding = draft.rounding_amount
        postings.append(
            BalancePosting("consumption", each.number, -each.total_minor, each.currency)
        )
        if rounding:
            remainder = format(rounding, "f")
            postings.append(BalancePosting("remainder", each.number, 0, each.currency, remainder))
    post(connection, organization_id, closing.month, postings)
    for _, draft in statements:
        posted = closing_balances(connection, closing.month)[organization_id]
        shown = draft.data["balance"]["closing"]
        if posted != shown:
            raise BooksError(
                f"{organization_id}: the statement closes at {shown}, the books at {posted}. "
                "Top-ups changed since the draft; close the month again."
            )
