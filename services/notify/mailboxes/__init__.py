"""The book of functional mailboxes: which address of a unit gets which mail, and which addresses bounce."""
