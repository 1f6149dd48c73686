"""The facts that templates tell, worked out from what is known when a mail is sent."""

from qualipath.services.delivery.facts.page import Facts

__all__ = ["Facts"]
