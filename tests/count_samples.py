#!/usr/bin/env python3
"""Counts the made-up workspace independently of the program: no code is shared with it, and no library but Python's.

    tests/count_samples.py --quarter 2024-Q1 --timezone Asia/Kolkata
    tests/count_samples.py --quarter FY2024-Q3 --fiscal-year-start 4 --form v1

Prints JSON: the bounds, the number of batches, the sums per status and over all (null: not reported), and the hash total.
"""

import argparse
import datetime
import hashlib
import json
import pathlib
import re
import sys
import zoneinfo

WORKSPACE = pathlib.Path(__file__).parent.parent / "samples" / "workspace.jsonl"


def bounds(quarter, zone, fiscal_start):
    """First instant of the quarter, and first instant after it, by the wall clock of the zone."""
    match = re.fullmatch(r"(FY)?(\d{4})-Q([1-4])", quarter)
    if not match:
        sys.exit(f"count_samples.py: {quarter!r} is not a quarter; write 2024-Q1 or FY2024-Q3")
    fiscal, year, number = match.group(1), int(match.group(2)), int(match.group(3))
    first_month = fiscal_start if fiscal else 1
    if first_month > 1:
        # A fiscal year is named after the year in which it ends.
        year -= 1
    months = year * 12 + (first_month - 1) + (number - 1) * 3

    def midnight(month):
        return datetime.datetime(month // 12, month % 12 + 1, 1, tzinfo=zone).astimezone(datetime.timezone.utc)

    return midnight(months), midnight(months + 3)


def figure(value):
    """A figure as an int, or None where it is absent or null; digits in a text count as the number."""
    return None if value is None else int(value)


def add(sums, total, completed, failed):
    """Counts one batch into the sums; what is not reported is left out of them."""
    sums["batches"] += 1
    other = None
    ended = (completed or 0) + (failed or 0)
    if None in (total, completed, failed):
        sums["not_reported"] += 1
    # What lies between the total and its parts, so that every sum foots.
    if total is None:
        sums["without_total"] += ended
    elif ended > total:
        sums["above_total"] += ended - total
    elif None in (completed, failed):
        sums["unallocated"] += total - ended
    else:
        other = total - ended
    figures = {"total_calls": total, "completed_calls": completed, "failed_calls": failed, "other_calls": other}
    for name, value in figures.items():
        if value is not None:
            sums[name] = (sums[name] or 0) + value


def foots(sums):
    total, completed, failed, other = (
        sums[name] or 0 for name in ("total_calls", "completed_calls", "failed_calls", "other_calls")
    )
    remainder = other - sums["without_total"] - sums["above_total"] + sums["unallocated"]
    return total == completed + failed + remainder


# A call's final statuses that are neither completed nor cancelled.
FAILED = ("failed", "did_not_pick", "busy", "no_answer", "retry_expired")


def by_calls(record, completed, failed, form):
    """The figures after counting calls: what the list leaves out, and what v1 gives in attempts."""
    calls = record["calls"]
    if completed is None or form == "v1":
        completed = calls.get("completed", 0)
    if failed is None:
        failed = sum(calls.get(status, 0) for status in FAILED)
    return completed, failed


def no_sums(nothing=None):
    sums = dict.fromkeys(("total_calls", "completed_calls", "failed_calls", "other_calls"), nothing)
    remainder = {"without_total": 0, "above_total": 0, "unallocated": 0}
    return {"batches": 0, "not_reported": 0, **sums, **remainder}


def count(records, start, end, form, call_totals):
    by_status, ids, everything = {}, [], no_sums()
    for record in records:
        created = datetime.datetime.fromisoformat(record["created_at"].replace("Z", "+00:00"))
        if not start <= created < end:
            continue
        ids.append(record["id"])
        failed = None if form == "v1" else figure(record.get("failed"))
        completed = figure(record.get("completed"))
        if call_totals == "auto":
            completed, failed = by_calls(record, completed, failed, form)
        figures = figure(record.get("total")), completed, failed
        add(by_status.setdefault(record["status"], no_sums()), *figures)
        add(everything, *figures)
    if not all(foots(sums) for sums in [everything, *by_status.values()]):
        sys.exit("count_samples.py: the sums do not foot")
    lines = b"".join(id + b"\n" for id in sorted(id.encode() for id in ids))
    return {
        "start": start.isoformat(),
        "end": end.isoformat(),
        "batches": len(ids),
        "by_status": by_status,
        "all": everything if ids else no_sums(0),
        "hash_total": hashlib.sha256(lines).hexdigest(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quarter", required=True)
    parser.add_argument("--timezone", default="UTC")
    parser.add_argument("--fiscal-year-start", type=int, choices=range(1, 13), default=1)
    parser.add_argument("--form", choices=("leads", "calls", "v1"), default="leads")
    parser.add_argument("--call-totals", choices=("auto", "never"), default="never")
    parser.add_argument("--file", type=pathlib.Path, default=WORKSPACE)
    arguments = parser.parse_args()
    with arguments.file.open(encoding="utf-8", newline="\n") as lines:
        records = [json.loads(line) for line in lines]
    start, end = bounds(arguments.quarter, zoneinfo.ZoneInfo(arguments.timezone), arguments.fiscal_year_start)
    json.dump(count(records, start, end, arguments.form, arguments.call_totals), sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
