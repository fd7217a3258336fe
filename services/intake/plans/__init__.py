"""Plans and unit registers: checked, stored and published."""
