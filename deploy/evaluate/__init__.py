"""`thidua evaluate`: the judging, ranking and quota rules of the services over CSV files. Only the reading is here."""
