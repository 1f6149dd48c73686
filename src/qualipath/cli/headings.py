"""The words above tables' columns, in German."""

_GERMAN = {
    "actor": "durch",
    "allowed now": "jetzt möglich",
    "at": "wann",
    "attempt": "Versuch",
    "attempts": "Versuche",
    "employee": "Nummer",
    "enrolment": "Eintrag",
    "from": "von",
    "grade": "Note",
    "name": "Name",
    "number": "Nummer",
    "organisation": "Organisation",
    "people": "Personen",
    "reason": "Grund",
    "result": "Ergebnis",
    "state": "Stand",
    "tier": "Stufe",
    "title": "Titel",
    "to": "nach",
    "trigger": "Auslöser",
    "version": "Version",
    "why": "warum",
}


def heading(word: str, locale: str) -> str:
    """Give a column's heading in the language of `locale`."""
    told = _GERMAN.get(word, word) if locale.startswith("de") else word
    return told[:1].upper() + told[1:]
