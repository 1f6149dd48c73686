"""What each notice's templates may use, by what the notice is about."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from qualipath.definition.values import Text
from qualipath.notices.field import Field, field, rows_of, yes


class About(StrEnum):
    """What a notice is about, which says what is known when it is sent."""

    ENROLMENT = "enrolment"
    INTAKE = "intake"
    INVITATION = "invitation"
    TEAM = "team"
    CREDENTIAL = "credential"
    DIGEST = "digest"
    SUMMARY = "summary"
    TEST = "test"


_EMPLOYEE = field(
    "employee", "Vor- und Nachname", "given and family name", "Anna Amsel", always=True
)
_NUMBER = field("number", "Personalnummer", "personnel number", "1001", always=True)
_TIER = field(
    "tier",
    "Titel der Stufe",
    "title of the tier",
    "Zertifikatskurs 1",
    "Certificate course 1",
    always=True,
)
_PATH = field(
    "path",
    "Titel des Qualifizierungswegs",
    "title of the qualification path",
    "Qualifizierung Digitalisierung",
    "Digitalisation programme",
    always=True,
)
_TERM = field("term", "Semester oder Quartal", "term", "SS 2027")
_STARTS = field("starts_on", "erster Tag", "first day", "1. April 2027", "1 April 2027")
_ENDS = field("ends_on", "letzter Tag", "last day", "30. September 2027", "30 September 2027")
_DUE = field("due_on", "Frist: letzter Tag", "deadline: last day", "12. März 2027", "12 March 2027")
_APPLIED = field(
    "applied_on",
    "Tag des Antrags",
    "day of the application",
    "26. Februar 2027",
    "26 February 2027",
)
_REASON = field(
    "reason",
    "Begründung, wie sie eingetragen wurde",
    "reason as it was recorded",
    "Der Lehrgang wird zusammengelegt.",
    "The course is merged with another one.",
)
_PERSONAL = yes(
    "personal",
    "ja, wenn die Nachricht an die Person selbst geht",
    "true where the mail goes to the person it is about",
)

_COURSE = (
    _TERM,
    _STARTS,
    _ENDS,
    field(
        "lectures",
        "Vorlesungszeit, von bis",
        "lecture period, from and to",
        "5. April 2027 bis 16. Juli 2027",
        "5 April 2027 to 16 July 2027",
    ),
    field(
        "sessions",
        "Unterrichtszeiten",
        "when it is taught",
        "donnerstags 16:00 bis 19:30 Uhr",
        "Thursdays 16:00 to 19:30",
    ),
    field(
        "opens_on",
        "erster Tag der Bewerbung",
        "first day to apply",
        "1. Februar 2027",
        "1 February 2027",
    ),
    field(
        "closes_on",
        "letzter Tag der Bewerbung",
        "last day to apply",
        "28. Februar 2027",
        "28 February 2027",
    ),
    field("provider", "wer den Kurs durchführt", "who runs the course", "Studieninstitut"),
)

GENERAL = (
    field(
        "recipient",
        "wer angeschrieben wird (leer bei Funktionspostfächern)",
        "who is written to (empty for shared mailboxes)",
        "Anna Amsel",
    ),
    field(
        "organisation",
        "Titel der Organisation",
        "title of the organisation",
        "Stadt Beispielhausen",
        "City of Sampleton",
        always=True,
    ),
    field(
        "contact",
        "E-Mail-Adresse der Personalabteilung",
        "e-mail address of HR",
        "personal@stadt.example",
    ),
    field(
        "sent_on", "Tag des Versands", "day of sending", "1. März 2027", "1 March 2027", always=True
    ),
    field(
        "on_behalf_of",
        "abwesende Führungskraft, für die jemand angeschrieben wird",
        "absent superior for whom somebody is written to",
        "Carla Ceder",
    ),
)
"""What every notice gets."""

_ENROLMENT = (
    _EMPLOYEE,
    _NUMBER,
    _PERSONAL,
    _TIER,
    _PATH,
    *_COURSE,
    field("supervisor", "Führungskraft", "superior", "Carla Ceder"),
    field("actor", "wer gehandelt hat", "who acted", "Carla Ceder"),
    field(
        "happened_on",
        "Tag, an dem es geschah",
        "day on which it happened",
        "1. März 2027",
        "1 March 2027",
    ),
    _APPLIED,
    _DUE,
    _REASON,
    Field(
        "reasons",
        Text(de="Gründe einer Ablehnung, einzeln", en="reasons of a refusal, one by one"),
        Text(
            de="es fehlt: Abschluss von „Bootcamp Digitalisierung“",
            en="missing: completion of 'Digitalisation bootcamp'",
        ),
        always=True,
        listed=True,
    ),
    field(
        "state",
        "Stand des Antrags, jetzt",
        "state of the enrolment, now",
        "abgeschlossen",
        "completed",
    ),
    field("place", "Platz auf der Warteliste", "place on the waiting list", "3"),
    field("grade", "Note", "grade", "1,7", "1.7"),
    field(
        "valid_until",
        "bis wann der Abschluss gilt",
        "until when the completion holds",
        "30. September 2029",
        "30 September 2029",
    ),
    field("attempts_left", "verbleibende Versuche, als Zahl", "attempts left, as a number", "2"),
    rows_of(
        "next_tiers",
        "Stufen, die jetzt offen stehen",
        "tiers that are open now",
        _TIER,
        field("opens_on", "Bewerbung ab", "applications from", "1. August 2027", "1 August 2027"),
        field(
            "closes_on", "Bewerbung bis", "applications until", "31. August 2027", "31 August 2027"
        ),
        field("starts_on", "Beginn", "start", "1. Oktober 2027", "1 October 2027"),
    ),
)

_OFFER = (
    _TIER,
    _PATH,
    *_COURSE,
    field("seats", "Plätze", "seats", "30"),
)

_INTAKE = (
    *_OFFER,
    field("taken", "vergebene Plätze", "seats taken", "28"),
    field("waiting", "Personen auf der Warteliste", "people on the waiting list", "0"),
    field("applied", "Bewerbungen", "applications", "6"),
    field("minimum", "Mindestzahl", "minimum", "8"),
    _REASON,
    _DUE,
    yes(
        "pass_on",
        "ja, wenn die Personalabteilung die Nachricht weitergeben soll",
        "true where HR is to pass the mail on, for lack of the provider's address",
    ),
    rows_of(
        "people",
        "wer teilnimmt und noch kein Ergebnis hat",
        "who attends and has no result yet",
        _EMPLOYEE,
        _NUMBER,
        field(
            "organisation",
            "Organisation",
            "organisation",
            "Stadt Beispielhausen",
            "City of Sampleton",
        ),
    ),
)

FIELDS: Mapping[About, tuple[Field, ...]] = MappingProxyType(
    {
        About.ENROLMENT: _ENROLMENT,
        About.INTAKE: _INTAKE,
        About.INVITATION: (_EMPLOYEE, _NUMBER, _PERSONAL, *_OFFER),
        About.TEAM: (
            *_OFFER,
            rows_of("people", "wer eingeladen ist", "who is invited", _EMPLOYEE, _NUMBER),
        ),
        About.CREDENTIAL: (
            _EMPLOYEE,
            _NUMBER,
            _PERSONAL,
            field(
                "tier",
                "was nachgewiesen ist",
                "what is held",
                "Zertifikatskurs 1",
                "Certificate course 1",
                always=True,
            ),
            field(
                "valid_until",
                "letzter Tag, an dem es gilt",
                "last day on which it holds",
                "30. September 2029",
                "30 September 2029",
                always=True,
            ),
        ),
        About.DIGEST: (
            rows_of(
                "requests",
                "offene Anträge",
                "open requests",
                field("enrolment", "Nummer des Antrags", "number of the request", "17"),
                _EMPLOYEE,
                _NUMBER,
                _TIER,
                _TERM,
                _STARTS,
                _APPLIED,
                _DUE,
            ),
            field(
                "rhythm",
                "wie oft die Übersicht kommt",
                "how often the digest comes",
                "täglich um 7 Uhr",
                "daily at 7",
            ),
        ),
        About.SUMMARY: (
            field(
                "since",
                "erster Tag des Zeitraums",
                "first day of the time",
                "22. Februar 2027",
                "22 February 2027",
                always=True,
            ),
            field(
                "until",
                "letzter Tag des Zeitraums",
                "last day of the time",
                "28. Februar 2027",
                "28 February 2027",
                always=True,
            ),
            field("applied", "neue Anträge", "new applications", "12", always=True),
            field("admitted", "neue Zulassungen", "new admissions", "9", always=True),
            field("completed", "Abschlüsse", "completions", "3", always=True),
            field("failed", "nicht bestanden", "failures", "1", always=True),
            field("withdrawn", "zurückgezogen", "withdrawals", "2", always=True),
            rows_of(
                "requests",
                "überfällige Genehmigungen",
                "overdue approvals",
                _EMPLOYEE,
                _NUMBER,
                _TIER,
                _APPLIED,
                _DUE,
                field("supervisor", "Führungskraft", "superior", "Carla Ceder"),
            ),
            rows_of(
                "intakes",
                "Durchgänge, die bevorstehen oder laufen",
                "intakes ahead or running",
                _TIER,
                _TERM,
                field("state", "Stand", "state", "Bewerbung offen", "open for applications"),
                field("applied", "Bewerbungen", "applications", "12"),
                field("taken", "vergebene Plätze", "seats taken", "0"),
                field("seats", "Plätze", "seats", "30"),
                field("waiting", "Warteliste", "waiting list", "0"),
                field(
                    "closes_on",
                    "Bewerbung bis",
                    "applications until",
                    "28. Februar 2027",
                    "28 February 2027",
                ),
                _STARTS,
            ),
            rows_of(
                "results",
                "ausstehende Ergebnisse",
                "outstanding results",
                _TIER,
                _TERM,
                field("count", "wie viele", "how many", "4"),
            ),
            field(
                "undelivered",
                "Nachrichten, die nicht zugestellt werden konnten",
                "mails that could not be delivered",
                "1",
            ),
            field("held", "angehaltene Nachrichten", "mails on hold", "0"),
        ),
        About.TEST: (),
    }
)

OWN: Mapping[str, About] = MappingProxyType(
    {
        "credential_expires": About.CREDENTIAL,
        "credential_expired": About.CREDENTIAL,
        "weekly_summary": About.SUMMARY,
        "mail_test": About.TEST,
    }
)
"""Notices of the programme's own, which no lifecycle names."""
