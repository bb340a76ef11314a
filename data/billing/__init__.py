"""Billing. `rating` and all that is here so far is pure: facts in, documents out; no database, no clock."""
