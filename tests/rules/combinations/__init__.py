"""Two things at once: combined situations and the verdict that public documents ask for."""
