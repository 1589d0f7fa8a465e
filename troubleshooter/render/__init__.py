"""Views of one result: HTML, console, JSON, letter."""
