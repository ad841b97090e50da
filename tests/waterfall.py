"""Counts the waterfall of reports again from their evidence, with nothing of the program: python3 waterfall.py PACKAGE...

Reads every answer of the list in evidence.warc.gz, and compares rows, distinct batches, those of the range collected, those of
the period, and those in the register with what the report states. Exits 1 where a figure differs.
"""

import gzip
import json
import pathlib
import sys
from datetime import datetime


def records(path):
    data = gzip.open(path).read()
    place = 0
    while place < len(data):
        end = data.index(b"\r\n\r\n", place)
        lines = data[place:end].decode().split("\r\n")[1:]
        fields = {name.strip().lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        length = int(fields["content-length"])
        block = data[end + 4 : end + 4 + length]
        place = end + 4 + length + 4
        yield fields, block


def pages(path):
    for fields, block in records(path):
        if fields["warc-type"] != "response" or "?page=" not in fields["warc-target-uri"]:
            continue
        head, _, body = block.partition(b"\r\n\r\n")
        if head.split()[1] == b"200":
            answer = json.loads(body)
            yield answer["items"] if "items" in answer else answer["data"]


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def created(row):
    return instant(row["createdAt"] if "createdAt" in row else row["created_at"])


def check(package):
    folder = pathlib.Path(package)
    report = json.loads((folder / f"{folder.name}.json").read_text())
    stated, period = report["completeness"], report["period"]
    answers = list(pages(folder / "evidence.warc.gz"))
    dates = {row["id"]: created(row) for rows in answers for row in rows}
    start, end = instant(stated["range_start"]), instant(stated["range_end"])
    first, last = instant(period["start"]), instant(period["as_of"] or period["end"])
    register = {row["batch_id"] for row in report["register"]}
    inside = {id for id, at in dates.items() if first <= at < last}
    counted = {
        "pages": len(answers),
        "rows_read": sum(len(rows) for rows in answers),
        "distinct": len(dates),
        "in_range": sum(start <= at < end for at in dates.values()),
        "in_period": len(inside),
        "gone": len(inside - register),
        "reported": len(register & inside),
    }
    wrong = [f"{name}: {stated[name]} stated, {figure} counted" for name, figure in counted.items() if stated[name] != figure]
    if register - inside:
        wrong.append(f"{len(register - inside)} batches of the register are in no answer")
    print(f"{folder.name}: {'; '.join(wrong) or 'the same'}")
    return not wrong


if __name__ == "__main__":
    sys.exit(0 if all([check(package) for package in sys.argv[1:]]) else 1)
