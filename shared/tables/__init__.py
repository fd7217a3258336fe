"""Tables (CSV) as people and spreadsheets save them; what cannot be read is named in Vietnamese with its place."""
