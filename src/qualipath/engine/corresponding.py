"""The verbs about mails: what waits, what was sent, and how an organisation writes."""

from dataclasses import dataclass

from qualipath.engine.acts import Acting
from qualipath.errors import NotFoundError, TemplateError
from qualipath.notices.mail import Rendered
from qualipath.services import correspondence, outbox, providers
from qualipath.services.correspondence import Inherit, Settings
from qualipath.services.delivery.foreseeing import Foreseen, foresee
from qualipath.services.models import Told
from qualipath.services.organisations import nearest_organisation
from qualipath.services.outbox_models import Notice
from qualipath.services.providers import Provider

ENDED = ("sent", "cancelled")
"""What becomes of notices that nobody sends any more."""


@dataclass(frozen=True, slots=True)
class NoticeInFull:
    """One notice with the mail that was sent, or would be if it was sent now.

    `address` and `name` are those to whom it goes or went, `on_behalf_of` for whom they stand in.
    `mail` is None where its body is not kept any more, or where it can't be sent; `why_not` then
    tells why. `told` are the notices that a digest tells.
    """

    notice: Notice
    address: str | None
    name: str | None
    on_behalf_of: str | None
    mail: Rendered | None
    why_not: Told | None
    told: tuple[Notice, ...]


class Corresponding(Acting):
    """Look after an organisation's mails. All of it is HR's alone: `RefusedError` for others."""

    __slots__ = ()

    def outbox(
        self, status: str | None = None, notice: str | None = None, *, limit: int = 100
    ) -> tuple[Notice, ...]:
        """List notices, the latest first: of one status or name if given, at most `limit`.

        A status is `pending`, `bundled`, `held`, `sent`, `cancelled` or `dead`. Raises
        `InputError` for another one, and `NotFoundError` for a notice that nothing raises.
        """
        with self.acts.reading() as act:
            found = outbox.notices(act, status, notice, limit=limit)
        if not found and notice is not None:
            self.drafts.about(notice)
        return found

    def notice(self, notice_id: int) -> NoticeInFull:
        """Give a notice with its mail: as it was sent, or as it would be now.

        Raises `NotFoundError`.
        """
        with self.acts.reading() as act:
            found = outbox.notice_by_id(act, notice_id)
            told = outbox.told_by(act, notice_id) if found.recipient == "digest" else ()
            body = outbox.kept_body(act, found.message_id) if found.message_id else None
            foreseen = None if found.status in ENDED else foresee(act, notice_id)
        if foreseen is None:
            from qualipath.notices.reading import read_mail  # noqa: PLC0415 -- rarely needed

            mail = read_mail(body) if body is not None else None
            return NoticeInFull(found, found.address, None, None, mail, None, told)
        return self._foreseen(found, foreseen, told)

    def _foreseen(
        self, found: Notice, foreseen: Foreseen, told: tuple[Notice, ...]
    ) -> NoticeInFull:
        to, why_not = foreseen.addressee, foreseen.why_not
        if to is None:
            return NoticeInFull(found, None, None, None, None, why_not, told)
        # Compiling templates takes long to import, and most commands compile none.
        from qualipath.notices.templating import Templates  # noqa: PLC0415

        try:
            mail = Templates(self.drafts.templates).rendered(
                found.notice, to.locale, foreseen.gendering, foreseen.fields
            )
        except TemplateError as error:
            mail, why_not = None, Told("template", str(error), str(error))
        return NoticeInFull(found, to.address, to.name, to.on_behalf_of, mail, why_not, told)

    def retry_notice(self, notice_id: int, *, key: str | None = None) -> Notice:
        """Let a notice that failed be sent with the next round, under its first Message-ID.

        Raises `NotFoundError`, `RefusedError` if it neither failed nor waits, and `ConflictError`
        while it is being sent.
        """
        with self.acts.writing(key) as act:
            return outbox.retry(act, notice_id)

    def retry_dead_notices(self, *, key: str | None = None) -> int:
        """Let all that could not be delivered be sent once more; gives how many there are."""
        with self.acts.writing(key) as act:
            return outbox.retry_dead(act)

    def cancel_notice(self, notice_id: int, *, reason: str, key: str | None = None) -> Notice:
        """Cancel a notice that was not sent; the history tells by whom and why.

        A digest goes with all that it tells. Raises `InputError` without a reason,
        `NotFoundError`, `RefusedError` if it has ended, `ConflictError` while it is being sent.
        """
        with self.acts.writing(key) as act:
            return outbox.cancel(act, notice_id, reason)

    def release_notices(self, organisation: str | None = None, *, key: str | None = None) -> int:
        """Let go what the hourly cap held, of one organisation and those below if named.

        Gives how many there are. Raises `NotFoundError` for an organisation out of reach.
        """
        with self.acts.writing(key) as act:
            return outbox.release(act, organisation)

    def correspondence(self, organisation: str) -> Settings:
        """Tell how an organisation writes its mails: what holds, and which of it is its own.

        Raises `NotFoundError`.
        """
        found = {each.organisation: each for each in self.correspondences()}
        if organisation not in found:
            near = nearest_organisation(organisation, dict.fromkeys(found, 0))
            message = f"there is no organisation '{organisation}'; {near}"
            raise NotFoundError(message)
        return found[organisation]

    def correspondences(self) -> tuple[Settings, ...]:
        """Tell how the organisations that the actor may see write their mails, by key."""
        with self.acts.reading() as act:
            return correspondence.correspondences(act)

    def set_correspondence(
        self,
        organisation: str,
        *,
        hr_address: str | None = None,
        gendering: str | None = None,
        rhythm: str | None = None,
        hour: int | Inherit | None = None,
        hourly_cap: int | Inherit | None = None,
        retention_days: int | Inherit | None = None,
        summary: bool | Inherit | None = None,
    ) -> Settings:
        """Change how an organisation writes its mails; what is left out stays as it is.

        `hr_address` is HR's, to which answers go. `gendering` is `neutral`, `colon`, `star` or
        `pair`; `rhythm`, in which superiors are told of open requests, `at_once`, `daily` or
        `weekly`, at a local `hour`. More than `hourly_cap` mails an hour are held, bodies of sent
        mails kept for `retention_days`. `summary` says whether HR gets one a week. `inherit` lets
        a setting be as in the organisation above. Raises `NotFoundError` and `InputError`.
        """
        with self.acts.writing() as act:
            return correspondence.set_correspondence(
                act,
                organisation,
                hr_address=hr_address,
                gendering=gendering,
                rhythm=rhythm,
                hour=hour,
                hourly_cap=hourly_cap,
                retention_days=retention_days,
                summary=summary,
            )

    def set_provider(self, key: str, title: str, address: str, *, locale: str = "de") -> Provider:
        """Say where the mails of a provider go, and in which language; again, it is said anew.

        Raises `InputError`, and `RefusedError` for HR that does not own the paths of its intakes.
        """
        with self.acts.writing() as act:
            return providers.set_provider(act, key, title, address, locale)

    def providers(self) -> tuple[Provider, ...]:
        """List the providers to whom mails can go, by key."""
        with self.acts.reading() as act:
            return providers.providers(act)
