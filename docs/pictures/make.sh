#!/bin/sh
# Makes the pictures of the gallery from the rendered sample: docs/pictures/make.sh, with poppler and Chromium installed.
set -eu
cd "$(dirname "$0")"
package=../../samples/batch-audit-2024-Q1
page() { pdftoppm -r 72 -f "$2" -l "$2" -singlefile -png "$package/batch-audit-2024-Q1.pdf" "$1"; }
page pdf-summary 1
page pdf-findings 4
page pdf-ipe 9
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,1000 --screenshot="$PWD/html-summary.png" \
    "file://$(cd "$package" && pwd)/batch-audit-2024-Q1.html" 2>/dev/null
