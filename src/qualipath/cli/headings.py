"""The words above tables' columns."""

_GERMAN = {
    "waited": "gewartet",
    "unused seats": "freie Plätze",
    "outstanding": "offen",
    "first graduates": "erste Abschlüsse",
    "failed": "nicht bestanden",
    "cost": "Kosten (EUR)",
    "completed": "abgeschlossen",
    "admitted": "zugelassen",
    "above": "darüber",
    "awarded": "verliehen",
    "credential": "Nachweis",
    "evidence": "Beleg",
    "key": "Schlüssel",
    "kind": "Art",
    "valid until": "gültig bis",
    "actor": "durch",
    "allowed now": "jetzt möglich",
    "applications": "Bewerbung",
    "applied": "beworben",
    "applied at": "beworben am",
    "at": "wann",
    "attempt": "Versuch",
    "attempts": "Versuche",
    "employee": "Nummer",
    "enrolment": "Eintrag",
    "from": "von",
    "grade": "Note",
    "intake": "Durchgang",
    "name": "Name",
    "number": "Nummer",
    "organisation": "Organisation",
    "path": "Pfad",
    "people": "Personen",
    "place": "Warteplatz",
    "rank": "Rang",
    "reason": "Grund",
    "result": "Ergebnis",
    "seats": "Plätze",
    "starts": "Beginn",
    "state": "Stand",
    "term": "Zeitraum",
    "tier": "Stufe",
    "title": "Titel",
    "to": "nach",
    "trigger": "Auslöser",
    "version": "Version",
    "waiting": "wartend",
    "why": "warum",
}


_ENGLISH = {"actor": "by", "at": "when", "cost": "cost (EUR)"}


def heading(word: str, locale: str) -> str:
    """Give a column's heading in the language of `locale`."""
    told = (_GERMAN if locale.startswith("de") else _ENGLISH).get(word, word)
    return told[:1].upper() + told[1:]
