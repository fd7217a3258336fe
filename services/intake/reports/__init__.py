"""Reports: parsed, validated, accepted or returned, withdrawn, with their receipts and ledgers."""
