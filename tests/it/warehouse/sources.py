"""Reads the sources of a dbt project, and each table that is there by its external location."""
import glob
import os
import sys

import duckdb
import yaml

project = yaml.safe_load(open(sys.argv[1]))
assert project["version"] == 2
(source,) = project["sources"]
assert source["name"] == "dialnexa_audit" and source["description"]
for table in source["tables"]:
    location = table["meta"]["external_location"]
    assert os.getcwd() in location.replace("''", "'"), location
    described = [column["name"] for column in table["columns"]]
    required = [column["name"] for column in table["columns"] if "not_null" in column.get("data_tests", [])]
    if not glob.glob(glob.escape(os.path.dirname(os.path.abspath(sys.argv[1]))) + f"/it's {sys.argv[2]}/{table['name']}"):
        # Lines of JSON have no table of restatements before there is one.
        assert (sys.argv[2], table["name"]) == ("ndjson", "restatements")
        continue
    relation = duckdb.sql(f"select * from {location}")
    if sys.argv[2] == "parquet":
        assert described == relation.columns, (described, relation.columns)
        types = [str(kind).lower() for kind in relation.types]
        assert [column["data_type"] for column in table["columns"]] == types, types
    assert set(required) <= set(relation.columns), (described, relation.columns)
    lacking = ", ".join(f"count(*) - count({column})" for column in required)
    ((rows, *missing),) = duckdb.sql(f"select count(*), {lacking} from {location}").fetchall()
    assert not any(missing), (required, missing)
    print(table["name"], rows)
