"""Delivering notices: leased, prepared as drafts of mails, and marked when they were sent."""
