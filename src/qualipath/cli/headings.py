"""The words above tables' columns."""

_GERMAN = {
    "above": "darüber",
    "awarded": "verliehen",
    "credential": "Nachweis",
    "evidence": "Beleg",
    "key": "Schlüssel",
    "kind": "Art",
    "valid until": "gültig bis",
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


_ENGLISH = {"actor": "by", "at": "when"}


def heading(word: str, locale: str) -> str:
    """Give a column's heading in the language of `locale`."""
    told = (_GERMAN if locale.startswith("de") else _ENGLISH).get(word, word)
    return told[:1].upper() + told[1:]
