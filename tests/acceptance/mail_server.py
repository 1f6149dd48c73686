"""A real mail server, Debian's postfix, on this machine alone and with a folder of its own."""

import mailbox
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

from qualipath.notices.smtp import SmtpServer
from tests.smtp import certificate

_PATIENCE = 120
"""Seconds after which a mail that has not come is taken for lost."""
_NOBODY = 65534

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
smtpd_tls_chain_files = {certificate}
smtpd_tls_security_level = encrypt
smtputf8_enable = yes
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/box
virtual_mailbox_maps = static:everybody/
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
default_transport = error:nothing leaves this machine
"""

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
"""


def why_absent() -> str | None:
    """Say why there is no mail server to be started; None if there is one."""
    if os.geteuid() != 0:
        return "postfix is only started by root"
    if _postfix() is None:
        return "postfix is not installed; tests/mail_server.sh does it"
    return None


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that runs: how it is reached, and the folder with the mailbox of everybody."""

    address: SmtpServer
    folder: Path

    def mails(self, count: int) -> list[EmailMessage]:
        """Wait until so many mails have come, and give all that are there, by recipient."""
        ends = time.monotonic() + _PATIENCE
        while len(found := self._found()) < count and time.monotonic() < ends:
            time.sleep(0.05)
        return found

    def told(self) -> str:
        """Give the server's own log."""
        return (self.folder / "log").read_text(errors="replace")

    def _found(self) -> list[EmailMessage]:
        if not (self.folder / "box" / "everybody" / "new").is_dir():
            return []
        box = mailbox.Maildir(self.folder / "box" / "everybody", create=False)
        read = [
            message_from_bytes(box.get_bytes(key), policy=policy.default) for key in box.iterkeys()
        ]
        return sorted(read, key=lambda mail: str(mail["Delivered-To"]))


@contextmanager
def running(domain: str) -> Iterator[MailServer]:
    """Run a server that takes mails to one domain."""
    # Not in pytest's own folder: the server's parts are other users, who may not enter that.
    with TemporaryDirectory(prefix="qualipath-mail-") as name:
        folder, port = Path(name), _free_port()
        folder.chmod(0o755)
        for part in ("queue", "data", "box", "config"):
            (folder / part).mkdir()
        shutil.chown(folder / "data", "postfix")
        shutil.chown(folder / "box", _NOBODY, _NOBODY)
        known = {
            "folder": folder,
            "domain": domain,
            "nobody": _NOBODY,
            "certificate": certificate(),
        }
        (folder / "config" / "main.cf").write_text(_MAIN.format(**known))
        (folder / "config" / "master.cf").write_text(_MASTER.format(port=port))
        _run(folder, "start")
        try:
            yield MailServer(SmtpServer("localhost", port, ca=certificate()), folder)
        finally:
            _run(folder, "abort")


def _run(folder: Path, command: str) -> None:
    done = subprocess.run(
        [_postfix() or "postfix", "-c", folder / "config", command],
        capture_output=True,
        check=False,
        text=True,
        timeout=_PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _postfix() -> str | None:
    return shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
