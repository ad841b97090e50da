#!/usr/bin/env python3
"""Counts every figure of packages again from their registers in CSV, and compares: the totals per status in CSV, those of the JSON per
status, week, month and agent, and that each of them foots. Knows nothing of the program that made them.

    figures.py PACKAGE...
"""
import csv
import datetime
import json
import pathlib
import sys

FIGURES = ["total_calls", "completed_calls", "failed_calls"]
TABLE = ["batches"] + FIGURES + ["other_calls", "not_reported", "without_total", "above_total", "unallocated"]


def sums(rows):
    """The sums over rows of the register, as the columns of the totals name them."""
    out = dict.fromkeys(TABLE, 0)
    out["batches"] = len(rows)
    seen = dict.fromkeys(FIGURES + ["other_calls"], not rows)
    for row in rows:
        total, completed, failed = figures = [int(row[name]) if row[name] else None for name in FIGURES]
        for name, figure in zip(FIGURES, figures):
            seen[name] |= figure is not None
            out[name] += figure or 0
        ended = (completed or 0) + (failed or 0)
        if None in figures:
            out["not_reported"] += 1
        if total is None:
            out["without_total"] += ended
        elif ended > total:
            out["above_total"] += ended - total
        elif None in figures:
            out["unallocated"] += total - ended
        else:
            seen["other_calls"] = True
            out["other_calls"] += total - ended
    return {name: out[name] if seen.get(name, True) else None for name in TABLE}


def foots(of):
    of = {name: figure or 0 for name, figure in of.items()}
    parts = of["completed_calls"] + of["failed_calls"] + of["other_calls"] + of["unallocated"]
    return of["total_calls"] == parts - of["without_total"] - of["above_total"]


def same(what, stated, rows, problems):
    counted = sums(rows)
    stated = {name: stated[name] for name in TABLE}
    if stated != counted:
        problems.append(f"{what}: stated {stated}, counted {counted}")
    if not foots(stated):
        problems.append(f"{what}: it does not foot: {stated}")


def day(text):
    return datetime.date.fromisoformat(text[:10])


def check(package):
    problems = []
    stem = package.name
    with open(package / f"{stem}.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(package / f"{stem}-totals.csv", encoding="utf-8-sig", newline="") as file:
        totals = list(csv.DictReader(file))
    report = json.loads((package / f"{stem}.json").read_text(encoding="utf-8"))
    statuses = {row["status"] for row in rows}
    for line in totals:
        of = {name: int(line[name]) if line[name] else None for name in TABLE}
        total = line["status"] == "TOTAL"
        same(f"totals CSV {line['status']}", of, rows if total else [r for r in rows if r["status"] == line["status"]], problems)
    if sorted(line["status"] for line in totals) != sorted(statuses | {"TOTAL"}):
        problems.append("the totals CSV has other statuses than the register")
    for line in report["totals"]["by_status"]:
        same(f"status {line['status']}", line, [r for r in rows if r["status"] == line["status"]], problems)
    same("all", report["totals"]["all"], rows, problems)
    for name, points in [("week", report["series"]["points"]), ("month", report.get("months", []))]:
        for point in points:
            first, after = day(point["first_day"]), day(point["day_after"])
            same(f"{name} {first}", point, [r for r in rows if first <= day(r["created_at_local"]) < after], problems)
    for line in report.get("agents", []):
        agent = line["agent_id"] or ""
        same(f"agent {agent}", line, [r for r in rows if r["agent_id"] == agent], problems)
    if report.get("agents") and sum(line["batches"] for line in report["agents"]) != len(rows):
        problems.append("the agents do not add up to the register")
    return problems


def main():
    failed = False
    for path in map(pathlib.Path, sys.argv[1:]):
        problems = check(path)
        failed |= bool(problems)
        for problem in problems:
            print(f"{path}: {problem}")
    sys.exit(1 if failed else 0)


main()
