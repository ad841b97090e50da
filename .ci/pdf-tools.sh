#!/bin/sh
# Installs what judges the PDF, beside veraPDF (verapdf.sh): poppler, qpdf, MuPDF, and one Chinese font for --font-dir.
set -eu

missing=
need() { command -v "$1" >/dev/null || missing="$missing $2"; }
need pdftotext poppler-utils
need qpdf qpdf
need mutool mupdf-tools
[ -e /usr/share/fonts/truetype/droid ] || missing="$missing fonts-droid-fallback"
if [ -n "$missing" ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
