"""Checks the CSV files of a package with other people's programs: python check_tables.py CHECK FOLDER STEM

raw     the standard library's csv reads every raw text of the JSON back, by the escape rule of the metadata
csvw    csvw and frictionless accept the tables and their metadata
sums    DuckDB and pandas sum to the report's totals; the metadata's control totals and SHA-256s are right
office  a workbook that a spreadsheet made of the register runs nothing, and saved as CSV again it holds the same ids, names
        and figures (the folder `back` has the workbook and the CSV)
warehouse  DuckDB and pandas read NDJSON and Parquet with the columns' types, and their sums are the report's
bare    takes the computed values away from the formulas of the workbook (into the folder `bare`)
workbook  openpyxl reads every id, text, figure and date of the workbook back, no text is a formula, and the sums that LibreOffice
        computes from the formulas are the signed ones (the folder `back` has what it saved)
schema  the JSON meets its JSON Schema (a fourth argument)
"""

import csv
import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path

ACTIVE = tuple("=+-@\t\r\n\0＝＋－＠")
OPERATORS = tuple("=+-@\0＝＋－＠")
COLUMNS = ("total_calls", "completed_calls", "failed_calls")


def unescaped(cell):
    """By the rule of the metadata: each part behind a separator loses one of the apostrophes before an active character."""
    text = ""
    for number, part in enumerate(re.findall("[^;|\t\r\n]*[;|\t\r\n]|[^;|\t\r\n]+", cell)):
        start = 0
        while start < len(part) and part[start] not in ";|\t\r\n" and (part[start] == '"' or part[start].isspace()):
            start += 1
        bare = part[start:].lstrip("'")
        is_active = bare.startswith(OPERATORS) or (number == 0 and bare.startswith(tuple("\t\r\n")))
        text += part[:start] + part[start + 1 :] if is_active and part[start] == "'" else part
    return text


def raw(folder, stem, report, _):
    with open(folder / f"{stem}.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert len(rows) == len(report["register"])
    for row, batch in zip(rows, report["register"]):
        assert not any(cell.startswith(ACTIVE) for cell in row.values()), row
        for column in ("batch_id", "name", "status", "agent_id"):
            assert unescaped(row[column]) == (batch[column] or ""), (column, row)
        for column in COLUMNS:
            assert row[column] == ("" if batch[column] is None else str(batch[column])), (column, row)
        assert row["created_at"] == batch["created_at"]


def csvw(folder, stem, report, _):
    from csvw import CSVW
    from frictionless import Resource

    tables = CSVW(str(folder / f"{stem}.csv-metadata.json"), validate=True)
    assert tables.is_valid, "csvw refuses the tables"
    first = tables.tables[0]
    rows = list(first)
    assert len(rows) == len(report["register"])
    for row, batch in zip(rows, report["register"]):
        assert row["total_calls"] == batch["total_calls"], row
        assert row["failed_calls"] == batch["failed_calls"], row
    for name in (f"{stem}.csv", f"{stem}-totals.csv"):
        result = Resource(name, basepath=str(folder)).validate()
        assert result.valid, result.flatten(["rowNumber", "fieldNumber", "type", "note"])


def sums(folder, stem, report, _):
    import duckdb
    import pandas

    path = str(folder / f"{stem}.csv")
    wanted = {column: report["totals"]["all"][column] for column in COLUMNS}
    columns = ", ".join(f"sum({column})::BIGINT" for column in COLUMNS)
    found = duckdb.sql(f"select count(*), count(distinct batch_id), {columns} from read_csv('{path}', header=true)").fetchall()[0]
    assert found == (len(report["register"]),) * 2 + tuple(wanted.values()), found
    by_status = duckdb.sql(f"select status, count(*) from read_csv('{path}', header=true) group by status").fetchall()
    expected = {entry["status"]: entry["batches"] for entry in report["totals"]["by_status"]}
    assert {unescaped(status): count for status, count in by_status} == expected, by_status
    frame = pandas.read_csv(path)
    assert {column: int(frame[column].sum()) for column in COLUMNS} == wanted
    assert int(frame["failed_calls"].isna().sum()) == sum(batch["failed_calls"] is None for batch in report["register"])

    metadata = json.loads((folder / f"{stem}.csv-metadata.json").read_text("utf-8"))
    for table in metadata["tables"]:
        data = (folder / table["url"]).read_bytes()
        assert table["notes"][0]["sha256"] == hashlib.sha256(data).hexdigest()
    notes = metadata["tables"][0]["notes"][0]
    for column in COLUMNS:
        assert notes["control_totals"][column] == {"sum": wanted[column], "cells": int(frame[column].notna().sum())}
    ids = sorted(batch["batch_id"].encode() for batch in report["register"])
    assert notes["hash_total"] == hashlib.sha256(b"".join(line + b"\n" for line in ids)).hexdigest()


def office(folder, stem, report, _):
    with zipfile.ZipFile(folder / "back" / f"{stem}.xlsx") as workbook:
        sheets = [name for name in workbook.namelist() if name.startswith("xl/worksheets/sheet")]
        assert sheets
        for name in sheets:
            assert b"<f" not in workbook.read(name), "a cell became a formula"
    with open(folder / "back" / f"{stem}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert len(rows) == len(report["register"])
    for row, batch in zip(rows, report["register"]):
        assert row["batch_id"] == batch["batch_id"]
        # A spreadsheet has line feeds alone in its cells, and no control characters.
        name = (batch["name"] or "").replace("\r\n", "\n")
        if name.isprintable() or "\n" in name:
            assert unescaped(row["name"]) == name, (row["name"], name)
        for column in COLUMNS:
            assert row[column] == ("" if batch[column] is None else str(batch[column])), (column, row)


def warehouse(folder, stem, report, _):
    import duckdb
    import pandas

    register, wanted = report["register"], [report["totals"]["all"][column] for column in COLUMNS]
    columns = ", ".join(f"sum({column})::BIGINT" for column in COLUMNS)
    times = sorted(pandas.Timestamp(batch["created_at"]) for batch in register)
    for name, reader in ((f"{stem}.parquet", "read_parquet"), (f"{stem}.ndjson", "read_json")):
        source = f"{reader}('{folder / name}')"
        found = duckdb.sql(f"select count(*), count(distinct batch_id), {columns} from {source}").fetchall()[0]
        assert list(found) == [len(register)] * 2 + wanted, (name, found)
        missing = duckdb.sql(f"select count(*) from {source} where failed_calls is null").fetchall()[0][0]
        assert missing == sum(batch["failed_calls"] is None for batch in register), name
        assert duckdb.sql(f"select distinct period, standing from {source}").fetchall() == [("2024-Q1", "complete")]
    types = dict(duckdb.sql(f"select column_name, column_type from (describe select * from read_parquet('{folder / stem}.parquet'))").fetchall())
    assert types["created_at"] == "TIMESTAMP WITH TIME ZONE", types
    assert {types[column] for column in COLUMNS} == {"BIGINT"}, types

    table = pandas.read_parquet(folder / f"{stem}.parquet")
    lines = pandas.read_json(folder / f"{stem}.ndjson", lines=True, dtype=False)
    lines["created_at"] = pandas.to_datetime(lines["created_at"], format="ISO8601")
    for frame in (table, lines):
        assert list(frame["batch_id"]) == [batch["batch_id"] for batch in register]
        assert [name if isinstance(name, str) else None for name in frame["name"]] == [batch["name"] for batch in register]
        assert sorted(frame["created_at"]) == times
        assert [int(frame[column].sum()) for column in COLUMNS] == wanted
    assert str(table["created_at"].dtype).endswith(", UTC]"), table.dtypes
    extra = [None if batch is None or batch != batch else json.loads(batch) for batch in table["extra"]]
    assert extra == [batch.get("extra") for batch in register]


def bare(folder, stem, report, _):
    (folder / "bare").mkdir()
    found = 0
    with zipfile.ZipFile(folder / f"{stem}.xlsx") as whole, zipfile.ZipFile(folder / "bare" / f"{stem}.xlsx", "w") as without:
        for name in whole.namelist():
            content, count = re.subn(rb"</f><v>[^<]*</v>", b"</f>", whole.read(name))
            found += count
            without.writestr(name, content)
    assert found > 50, found


def workbook(folder, stem, report, _):
    from datetime import datetime, timezone
    from zoneinfo import ZoneInfo

    from openpyxl import load_workbook

    zone = ZoneInfo(report["period"]["timezone"])
    wanted = [report["totals"]["all"][column] for column in COLUMNS]
    for path, computes in ((folder / f"{stem}.xlsx", False), (folder / "back" / f"{stem}.xlsx", True)):
        sheet = load_workbook(path)["Register"]
        rows = list(sheet.iter_rows(min_row=2, max_row=len(report["register"]) + 1))
        for row, batch in zip(rows, report["register"], strict=True):
            assert [row[0].value, row[0].data_type] == [batch["batch_id"], "s"], row
            assert row[0].value == batch["batch_id"] and row[2].value == batch["status"], row
            # openpyxl leaves the format's notation of a carriage return; a workbook saved by LibreOffice has line feeds alone.
            assert (row[1].value or "").replace("_x000D_", "\r").replace("\r\n", "\n") == (batch["name"] or "").replace("\r\n", "\n"), row
            instant = datetime.fromisoformat(batch["created_at"])
            for cell, of in ((row[3], timezone.utc), (row[4], zone)):
                shown = instant.astimezone(of).replace(tzinfo=None)
                assert cell.is_date and abs((cell.value - shown).total_seconds()) < 0.001, (cell.value, shown)
            assert [cell.value for cell in row[5:8]] == [batch[column] for column in COLUMNS], row
            assert not any(cell.data_type == "f" for cell in row), row
        last = len(report["register"]) + 1
        sums = [sheet.cell(last + 2, column).value for column in (6, 7, 8)]
        assert sums == [f"=SUM({letter}2:{letter}{last})" for letter in "FGH"], sums
        values = load_workbook(path, data_only=True)
        register = values["Register"]
        assert [register.cell(last + row, column).value for row in (2, 3, 5) for column in (6, 7, 8)] == wanted * 3
        assert [register.cell(last + 4, column).value for column in (6, 7, 8)] == [0, 0, 0]
        if computes:
            for name in ("Summary", "Reconciliation"):
                cells = [cell for row in values[name].iter_rows() for cell in row]
                assert not any(isinstance(cell.value, str) and cell.value.startswith("#") for cell in cells), name
                found = [row for row in values[name].iter_rows(values_only=True) if row[0] in ("Difference", "Difference from step 4")]
                assert found and all(value in (0, None) for row in found for value in row[1:]), found
        form = (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows)
        # Without a window, LibreOffice saves no frozen head.
        assert (computes or form[0] == "B2") and form[1] and form[2] == "$1:$1", (path, form)


def schema(folder, stem, report, path):
    from jsonschema import Draft202012Validator

    document = json.loads(Path(path).read_text("utf-8"))
    Draft202012Validator.check_schema(document)
    validator = Draft202012Validator(document)
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(report)]
    assert not errors, errors
    for path, value in (("standing", "done"), ("hash_total", "x"), ("register", [{}]), ("more", 1)):
        assert list(validator.iter_errors({**report, path: value})), f"the schema accepts a wrong {path}"


folder, stem = Path(sys.argv[2]), sys.argv[3]
report = json.loads((folder / f"{stem}.json").read_text("utf-8"))
checks = {"raw": raw, "csvw": csvw, "sums": sums, "office": office, "warehouse": warehouse, "bare": bare, "workbook": workbook, "schema": schema}
checks[sys.argv[1]](folder, stem, report, sys.argv[4] if len(sys.argv) > 4 else None)
print("ok")
