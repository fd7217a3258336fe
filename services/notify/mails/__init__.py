"""Notices as mails in Vietnamese: what is said, in which words, and the MIME message that carries it."""
