"""Intakes: planned, opened, filled, started and finished; who is in them, and why."""
