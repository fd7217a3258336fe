"""Reports as Excel workbooks: writing the form, opening a filled-in file safely, and reading it."""
