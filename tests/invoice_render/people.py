"""Sellers and buyers of the examples, with valid check digits.

Here: one constant per party. Keep out: documents.
"""

from invoice_render.party import Party

SELLER = Party(
    party_id="anyint_eu",
    legal_name="AnyInt Europe GmbH",
    street="Chausseestraße 101",
    city="Berlin",
    postal_code="10115",
    country="DE",
    vat_id="DE136695976",
    tax_number="37/123/45678",
    contact_name="Accounts Receivable",
    phone="+49 30 5550 1200",
    email="billing@anyint.example",
    website="anyint.example",
    endpoint_id="DE136695976",
    endpoint_scheme="9930",
)
AURORA = Party(
    party_id="org_aurora",
    legal_name="Aurora Robotik GmbH",
    street="Lindenstraße 12",
    city="München",
    postal_code="80331",
    country="DE",
    vat_id="DE129273398",
    email="ap@aurora.example",
    endpoint_id="ap@aurora.example",
    endpoint_scheme="EM",
)
ETOILE = Party(
    party_id="org_etoile",
    legal_name="Étoile Média SAS",
    street="8 rue de la Paix",
    city="Paris",
    postal_code="75002",
    country="FR",
    vat_id="FR40303265045",
    endpoint_id="compta@etoile.example",
    endpoint_scheme="EM",
)
COBALT = Party(
    party_id="org_cobalt",
    legal_name="Cobalt Health, Inc.",
    street="500 Fifth Avenue, Suite 2100",
    city="New York",
    postal_code="10110",
    region="NY",
    country="US",
)
DENKI = Party(
    party_id="org_denki",
    legal_name="株式会社デンキ",
    street="丸の内1丁目9番1号",
    city="東京都千代田区",
    postal_code="100-0005",
    country="JP",
)
FJORD = Party(
    party_id="org_fjord",
    legal_name="Fjord Labs AS",
    street="Storgata 5",
    city="Oslo",
    postal_code="0155",
    country="NO",
)
LUMEN = Party(
    party_id="org_lumen",
    legal_name="流明科技有限公司",
    street="南京西路1266号",
    city="上海市",
    postal_code="200040",
    country="CN",
)
