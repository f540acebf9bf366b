"""China's VAT special invoice: what its issue is asked for with, and the paper before it."""
