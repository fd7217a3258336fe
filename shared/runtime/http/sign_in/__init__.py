"""Who is signed in: one signed cookie that intake makes and every service verifies, and what guards its use."""
