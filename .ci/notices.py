#!/usr/bin/env python3
"""Notices and the bill of materials of a build: .ci/notices.py NOTICES SBOM [--target T] [--no-default-features] [--features F]

writes to NOTICES the licence texts of every crate that the binary is built from, and of the fonts in it, each text once; and to SBOM
the same crates as CycloneDX 1.5 (JSON). It reads `cargo metadata`, Cargo.lock and the sources that cargo has fetched; the same lock
file gives the same bytes. A crate without any licence text ends it: such a text is looked for in another crate of the same
repository, and the Apache License, where a crate is under it by choice, is the project's own copy.
"""
import collections
import hashlib
import json
import os
import re
import subprocess
import sys
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEXT = re.compile(r"(?i)(licen[cs]e|copying|notice|unlicense|copyright)")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def metadata(options):
    options = list(options)
    if "--target" in options:
        target = options.pop(options.index("--target") + 1)
        options.remove("--target")
    else:
        version = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
        target = re.search(r"^host: (.*)$", version, re.M)[1]
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target, *options]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return json.loads(found.stdout)


def linked(found):
    """The ids of the packages that the binary is built from: no tests, no build scripts of theirs."""
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    needs, waiting = {}, [found["resolve"]["root"]]
    while waiting:
        package = waiting.pop()
        if package not in needs:
            needs[package] = sorted(
                dep["pkg"] for dep in nodes[package]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])
            )
            waiting.extend(needs[package])
    return needs


def expression(package):
    """The licence as SPDX writes it; older crates separate alternatives by a slash."""
    return re.sub(r"\s*/\s*", " OR ", package["license"] or "")


def texts_of(package):
    folder = os.path.dirname(package["manifest_path"])
    names = {name for name in os.listdir(folder) if TEXT.match(name) and os.path.isfile(os.path.join(folder, name))}
    if package["license_file"]:
        names.add(package["license_file"])
    lines = (read(os.path.join(folder, name)).splitlines() for name in sorted(names))
    return ["\n".join(line.rstrip() for line in text).strip("\n") + "\n" for text in lines]


def notices(packages):
    own = {package["id"]: texts_of(package) for package in packages}
    by_repository = collections.defaultdict(list)
    for package in packages:
        by_repository[(package["repository"] or "").removesuffix(".git")] += own[package["id"]]
    apache = "\n".join(line.rstrip() for line in read(os.path.join(ROOT, "LICENSE")).splitlines()).strip("\n") + "\n"
    users, shown, missing = {}, {}, []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        texts = own[package["id"]]
        if not texts and package["repository"]:
            texts = by_repository[package["repository"].removesuffix(".git")]
        if not texts and "Apache-2.0" in expression(package).split(" OR "):
            texts = [apache]
        if not texts:
            missing.append(f"{name} ({expression(package)})")
        for text in texts:
            # One text that is wrapped otherwise is one text.
            words = " ".join(text.split())
            users.setdefault(shown.setdefault(words, text), []).append(name)
    if missing:
        sys.exit("no licence text is there for: " + ", ".join(missing))
    fonts = os.path.join(ROOT, "src/render/pdf/fonts")
    users[read(os.path.join(fonts, "OFL.txt"))] = ["the fonts in the binary"]
    ordered = sorted(users.items(), key=lambda item: (item[1], item[0]))
    out = ["Licences of what dialnexa-audit is built from", "=" * 46, ""]
    out += [f"{package['name']} {package['version']}: {expression(package)}" for package in packages]
    for text, names in ordered:
        out += ["", "-" * 80, "Of: " + ", ".join(sorted(set(names))), "-" * 80, "", text.rstrip("\n")]
    return "\n".join(out) + "\n"


def materials(found, packages, needs):
    entry = re.compile(r'^name = "([^"]+)"\nversion = "([^"]+)"\nsource = .*\nchecksum = "([0-9a-f]+)"', re.M)
    checksums = {(name, version): sum for name, version, sum in entry.findall(read(os.path.join(ROOT, "Cargo.lock")))}
    url = {package["id"]: f"pkg:cargo/{package['name']}@{package['version'].replace('+', '%2B')}" for package in found["packages"]}

    def component(package, kind):
        made = {"type": kind, "bom-ref": url[package["id"]], "name": package["name"], "version": package["version"]}
        if package["description"]:
            made["description"] = " ".join(package["description"].split())
        made["scope"] = "required"
        checksum = checksums.get((package["name"], package["version"]))
        if checksum:
            made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        made["licenses"] = [{"expression": expression(package)}]
        made["purl"] = url[package["id"]]
        if package["repository"]:
            made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
        return made

    root = found["resolve"]["root"]
    by_id = {package["id"]: package for package in packages}
    made = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(by_id[root], "application")},
        "components": [component(package, "library") for package in packages if package["id"] != root],
        "dependencies": [
            {"ref": url[package["id"]], "dependsOn": sorted({url[other] for other in needs[package["id"]]})}
            for package in packages
        ],
    }
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).digest()
    made["serialNumber"] = f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=5)}"
    return json.dumps(made, indent=1, ensure_ascii=False) + "\n"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    found = metadata(sys.argv[3:])
    needs = linked(found)
    packages = [package for package in found["packages"] if package["id"] in needs]
    packages.sort(key=lambda package: (package["name"], package["version"]))
    for path, text in ((sys.argv[1], notices(packages)), (sys.argv[2], materials(found, packages, needs))):
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)


if __name__ == "__main__":
    main()
