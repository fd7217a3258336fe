"""Back up and restore every service's database."""
