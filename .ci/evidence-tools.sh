#!/bin/sh
# Installs the program that judges the evidence, warcio from PyPI, into the folder $1, once. The tests find the folder by
# DIALNEXA_EVIDENCE_TOOLS, or the program by PATH.
set -eu
tools=${1:?the folder to install into}
if [ ! -e "$tools/warcio.done" ]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check warcio==1.8.1
    : >"$tools/warcio.done"
fi
