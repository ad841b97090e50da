#!/bin/sh
# Makes what is handed out of a built binary: .ci/package.sh BINARY NAME FOLDER [OPTIONS]
# gives FOLDER/NAME.tar.gz with completions, manual pages, licences and a bill of materials, the same bytes for the same binary and
# commit, and a package for Debian and one for RPM where cargo-deb and cargo-generate-rpm are installed. OPTIONS are the target and the
# features that the binary was built with: licences and materials are of those.
set -eu
binary=${1:?the binary} name=${2:?the name of the archive} out=${3:?the folder for what is made}
shift 3
# Where Cargo.toml says that the packages find their files.
staging=target/package
rm -rf "$staging"
mkdir -p "$staging/completions" "$staging/man" "$out"
cp "$binary" "$staging/dialnexa-audit"
cp README.md CHANGELOG.md LICENSE "$staging/"
cp src/render/pdf/fonts/OFL.txt "$staging/OFL-fonts.txt"
"$binary" completions bash >"$staging/completions/dialnexa-audit.bash"
"$binary" completions zsh >"$staging/completions/_dialnexa-audit"
"$binary" completions fish >"$staging/completions/dialnexa-audit.fish"
"$binary" man --dir "$staging/man" >/dev/null
# The licence of every crate that is linked, and of the fonts; the same crates as CycloneDX.
python3 .ci/notices.py "$staging/NOTICES.txt" "$staging/sbom.cdx.json" "$@"
cp "$staging/sbom.cdx.json" "$out/$name.cdx.json"
time=$(git log -1 --format=%ct 2>/dev/null || echo 0)
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$time" --transform "s,^\.,$name," -C "$staging" -c . | gzip -n >"$out/$name.tar.gz"
if cargo deb --version >/dev/null 2>&1; then
    SOURCE_DATE_EPOCH=$time cargo deb --no-build --no-strip --output "$out/$name.deb"
fi
if cargo generate-rpm --version >/dev/null 2>&1; then
    cargo generate-rpm --source-date "$time" --output "$out/$name.rpm"
fi
