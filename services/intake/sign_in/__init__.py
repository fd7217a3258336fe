"""Sign-in: people and their roles, how they prove who they are, and the cookie that every service then accepts."""
