"""From a notice to what leaves the house: templates, mails, calendars, transports."""
