#!/bin/sh
# Installs what judges the command line: zsh for its completions, mandoc and groff for the manual pages, script for a terminal,
# cron and systemd for the jobs and units of the recipes, curl and jq for those of the tickets.
set -eu
missing=
need() { command -v "$1" >/dev/null || missing="$missing $2"; }
need bash bash
need zsh zsh
need mandoc mandoc
need groff groff
need script bsdutils
need systemd-analyze systemd
need crontab cron
need curl curl
need jq jq
if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
