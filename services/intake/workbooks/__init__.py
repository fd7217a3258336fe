"""Reports as Excel workbooks: the form written, the filled form opened safely and read."""
