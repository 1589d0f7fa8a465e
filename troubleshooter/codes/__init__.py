"""What error codes mean: the shipped tables, and the look-up. A leaf that sign-in and diagnosis share."""
