"""Stage invoicing: watermarks, audit, drafts and finalized documents."""
