"""The commands about people, what they hold, and who acts for them, as people use them."""

from tests.acceptance.command_line import PATH, Installation


def test_a_credential_is_listed_and_ended(installation: Installation) -> None:
    held = installation.answered("recognise", "4711", "bootcamp", "--evidence", "seen")
    assert "bootcamp" in installation.told("credentials", "4711")
    ended = installation.answered("revoke", str(held["id"]), "--reason", "entered twice")
    assert ended["revoked"] is True
    (credential,) = installation.answered("credentials", "4711")["credentials"]
    assert credential["revoked"] is True
    told = installation.fails(5, "revoke", str(held["id"]), "--reason", "again")
    assert "revoked before" in told


def test_ending_a_credential_needs_a_reason(installation: Installation) -> None:
    held = installation.answered("recognise", "4711", "bootcamp", "--evidence", "seen")
    before = installation.dump()
    assert "reason" in installation.fails(2, "revoke", str(held["id"]))
    installation.told("revoke", str(held["id"]), "--reason", "x", "--dry-run")
    assert installation.dump() == before


def test_the_deputy_approves_while_the_supervisor_is_absent(installation: Installation) -> None:
    id_ = installation.answered("apply", "4711", PATH, "bootcamp")["id"]
    deputy = ("--as", "supervisor:4712@duisburg")
    assert "no enrolment" in installation.fails(3, "fire", str(id_), "approve", *deputy)
    installation.told("absent", "1001", "2026-03-01", "2026-03-20", "--deputy", "4712")
    assert installation.answered("fire", str(id_), "approve", *deputy)["state"] == "approved"


def test_an_absence_ends_after_it_begins(installation: Installation) -> None:
    told = installation.fails(2, "absent", "1001", "2026-03-20", "2026-03-01", "--deputy", "4712")
    assert "before it begins" in told


def test_an_export_imports_again_unchanged(installation: Installation) -> None:
    assert installation.answered("export", "people", "all.xlsx")["people"] == 4
    report = installation.answered("import", "people", "all.xlsx")
    assert (report["unchanged"], report["updated"], report["created"]) == (4, 0, 0)


def test_organisations_are_listed_with_the_one_above(installation: Installation) -> None:
    installation.told("organisation", "add", "walsum", "Bezirk Walsum", "--parent", "duisburg")
    found = installation.answered("organisation", "list")["organisations"]
    assert [(one["key"], one["parent"]) for one in found] == [
        ("duisburg", None),
        ("walsum", "duisburg"),
    ]


def test_an_unknown_organisation_of_the_actor_is_named(installation: Installation) -> None:
    told = installation.fails(3, "apply", "4711", PATH, "bootcamp", "--as", "hr:k@dusiburg")
    assert "there is no organisation 'dusiburg'" in told
