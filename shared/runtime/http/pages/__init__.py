"""What all pages share: layout, stylesheet, signs of state, pictures and error pages; no page needs the script."""
