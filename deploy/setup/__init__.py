"""Makes the users, rights and topics of a new deployment; run again, it changes only what is missing or different."""
