#!/bin/sh
# Puts the programs that check the evidence into the folder $1 (warcio, from PyPI); add $1/bin to PATH. May be run again.
set -eu
folder=$1
[ -x "$folder/bin/warcio" ] && exit 0
[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check "warcio==1.7.5"
"$folder/bin/warcio" --version
