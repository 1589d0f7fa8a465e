"""The look: templates, styles, a little JavaScript and translations. Data only; used by `troubleshooter.render`."""
