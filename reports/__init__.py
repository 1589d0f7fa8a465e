"""The look: templates, styles, translations. Data only; `troubleshooter.render` uses it."""
