#!/bin/sh
# Installs the programs that judge the CSV and HTML files into the folder $1, once: Python packages (csvw, frictionless,
# DuckDB, pandas with pyarrow, jsonschema, openpyxl, cyclonedx-python-lib) and npm packages (axe-core, playwright-core, vnu-jar). With root and apt also Chromium, a Java
# runtime and LibreOffice Calc where they are missing. The tests find the folder by DIALNEXA_WEB_TOOLS.
set -eu
tools=${1:?the folder to install into}
mkdir -p "$tools"
tools=$(cd "$tools" && pwd)

missing=
command -v chromium >/dev/null || missing="$missing chromium"
command -v java >/dev/null || missing="$missing default-jre-headless"
command -v soffice >/dev/null || missing="$missing libreoffice-calc-nogui"
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -q
    # shellcheck disable=SC2086
    apt-get install -y -q --no-install-recommends $missing
fi

# The mark is renamed with the list, so that an older folder gets what is new.
if [ ! -e "$tools/python-4.done" ]; then
    [ -e "$tools/python" ] || python3 -m venv "$tools/python"
    "$tools/python/bin/pip" install -q csvw==4.1.1 frictionless==5.21.0 duckdb==2.0.0 pandas==3.1.1 pyarrow==26.0.1 jsonschema==4.26.0 openpyxl==3.1.5 \
        'cyclonedx-python-lib[json-validation]==11.12.0'
    touch "$tools/python-4.done"
fi

if [ ! -e "$tools/npm.done" ]; then
    # The checker's own download of a Java runtime is not wanted.
    npm install --prefix "$tools" --no-save --no-audit --no-fund --ignore-scripts axe-core@4.14.1 playwright-core@1.65.1 vnu-jar@26.9.27
    touch "$tools/npm.done"
fi
