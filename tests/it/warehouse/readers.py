"""Reads the tables of sync with an engine: the batches and calls of 2024-Q1, as JSON, one line a reading.

readers.py once TABLES LAKE READER...           each reader once
readers.py beside TABLES LAKE STOP READER...    again and again until the file STOP is there; `refused` where an engine fails loudly
"""

import glob
import json
import os
import sys
import tempfile

QUARTER = "2024-Q1"
FIGURES = ["total_calls", "completed_calls", "failed_calls"]
SQL = "select count(*), " + ", ".join(f"cast(sum({name}) as bigint)" for name in FIGURES)


def pandas(tables, lake):
    import pandas

    frame = pandas.read_parquet(f"{tables}/batches")
    frame = frame[frame["quarter"] == QUARTER]
    return [len(frame)] + [frame[name].sum() for name in FIGURES]


def pyarrow(tables, lake):
    import pyarrow.compute as compute
    import pyarrow.dataset as dataset

    table = dataset.dataset(f"{tables}/batches", partitioning="hive").to_table(filter=dataset.field("quarter") == QUARTER)
    return [len(table)] + [compute.sum(table[name]).as_py() for name in FIGURES]


def polars(tables, lake):
    import polars

    frame = polars.scan_parquet(f"{tables}/batches/**/*.parquet", hive_partitioning=True)
    frame = frame.filter(polars.col("quarter") == QUARTER).collect()
    return [frame.height] + [frame[name].sum() for name in FIGURES]


def duckdb(tables, lake):
    import duckdb

    source = f"read_parquet('{tables}/batches/*/*.parquet', hive_partitioning = true)"
    return duckdb.connect().sql(f"{SQL} from {source} where quarter = '{QUARTER}'").fetchall()[0]


def pyiceberg(tables, lake):
    import pyarrow.compute as compute
    import pyarrow.parquet as parquet
    from pyiceberg.catalog.sql import SqlCatalog

    with tempfile.TemporaryDirectory() as folder:
        catalog = SqlCatalog("audit", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
        catalog.create_namespace("audit")
        files = [os.path.abspath(path) for path in sorted(glob.glob(f"{tables}/batches/*/*.parquet"))]
        table = catalog.create_table("audit.batches", schema=parquet.read_schema(files[0]))
        table.add_files(files)
        rows = table.scan(row_filter=f"period = '{QUARTER}'").to_arrow()
        return [len(rows)] + [compute.sum(rows[name]).as_py() for name in FIGURES]


def deltalake(tables, lake):
    import pyarrow.compute as compute
    from deltalake import DeltaTable

    table = DeltaTable(f"{lake}/batches").to_pyarrow_table(partitions=[("quarter", "=", QUARTER)])
    return [len(table)] + [compute.sum(table[name]).as_py() for name in FIGURES]


def polars_delta(tables, lake):
    import polars

    frame = polars.read_delta(f"{lake}/batches").filter(polars.col("quarter") == QUARTER)
    return [frame.height] + [frame[name].sum() for name in FIGURES]


def spark(tables, lake):
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    session = session.config("spark.sql.shuffle.partitions", "1").getOrCreate()
    session.read.parquet(f"{tables}/batches").createOrReplaceTempView("batches")
    return list(session.sql(f"{SQL} from batches where quarter = '{QUARTER}'").first())


def reading(name, tables, lake):
    return {"reader": name, "figures": [int(figure) for figure in globals()[name](tables, lake)]}


def main(mode, tables, lake, *rest):
    if mode == "once":
        for name in rest:
            print(json.dumps(reading(name, tables, lake)), flush=True)
        return
    stop, names = rest[0], rest[1:]
    while not os.path.exists(stop):
        for name in names:
            try:
                print(json.dumps(reading(name, tables, lake)), flush=True)
            except Exception as error:
                print(json.dumps({"reader": name, "refused": str(error)}), flush=True)


main(*sys.argv[1:])
