"""The page that describes intake's HTTP interface to the engineers of agencies, in Vietnamese."""
