"""One module per system asked; each turns answers into facts or gaps."""
