"""An embedded Microsoft 365 tenant on loopback, for demos and tests."""
