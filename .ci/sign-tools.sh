#!/usr/bin/env bash
# What the signing tests need beside openssl, poppler, qpdf and pyHanko: a token made of software, the tool that fills it,
# and a terminal to type at (script).
set -euo pipefail
packages=()
command -v softhsm2-util >/dev/null || packages+=(softhsm2)
command -v pkcs11-tool >/dev/null || packages+=(opensc)
command -v script >/dev/null || packages+=(bsdutils)
if ((${#packages[@]})); then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi
