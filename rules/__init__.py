"""The knowledge: one TOML file per rule. Data only; the loader is `troubleshooter.diagnose.rulebook`."""
