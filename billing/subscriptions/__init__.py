"""What customers subscribe to and the keys they use it with.

Here: acts on subscriptions and keys, and what they make of the catalog. Keep out: fees and
documents, which are the warehouse's and invoicing's.
"""

from billing.subscriptions.act import Act
from billing.subscriptions.files import Customer, CustomerFiles, read_customer_files
from billing.subscriptions.in_force import catalog_in_force, read_in_force, write_in_force

__all__ = [
    "Act",
    "Customer",
    "CustomerFiles",
    "catalog_in_force",
    "read_customer_files",
    "read_in_force",
    "write_in_force",
]
