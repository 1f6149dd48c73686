#!/bin/sh
# Installs the mail server that tests/acceptance/test_mail_server.py sends through: Debian's postfix,
# without any configuration of its own, so that nothing runs unless the test starts it.
set -eu

if command -v postfix >/dev/null || [ -x /usr/sbin/postfix ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "mail_server.sh: postfix is installed as root, on Debian; the test is skipped" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq -o Acquire::http::Timeout=20 -o Acquire::Retries=1
echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
apt-get install -qq --yes --no-install-recommends postfix
