"""`thidua evaluate`: the services' own evaluation, ranking and quota rules, applied to CSV files read here."""
