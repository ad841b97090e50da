#!/bin/sh
# Installs the engines that read the tables of `sync` into the folder $1, once: pandas, pyarrow, polars, DuckDB, pyiceberg and deltalake,
# the readers of metrics and of YAML, and in environments of their own Spark, dbt, and moto, which serves S3 to deliveries. Spark takes the Java runtime that web-tools.sh
# installs. The tests find the folder by DIALNEXA_WAREHOUSE_TOOLS.
set -eu
tools=${1:?the folder to install into}
mkdir -p "$tools"
if [ ! -e "$tools/python.done" ]; then
    python3 -m venv "$tools/python"
    "$tools/python/bin/pip" install -q --disable-pip-version-check duckdb==2.0.0 pandas==3.1.1 pyarrow==26.0.1 polars==2.1.0 \
        deltalake==1.6.6 'pyiceberg[sql-sqlite,pyarrow]==0.12.0' prometheus_client==0.26.0
    touch "$tools/python.done"
fi
if [ ! -e "$tools/yaml.done" ]; then
    "$tools/python/bin/pip" install -q --disable-pip-version-check pyyaml==6.0.4
    touch "$tools/yaml.done"
fi
if [ ! -e "$tools/spark.done" ]; then
    python3 -m venv "$tools/spark"
    "$tools/spark/bin/pip" install -q --disable-pip-version-check pyspark==4.3.0
    touch "$tools/spark.done"
fi
if [ ! -e "$tools/moto.done" ]; then
    python3 -m venv "$tools/moto"
    "$tools/moto/bin/pip" install -q --disable-pip-version-check 'moto[s3,server]==5.2.5'
    touch "$tools/moto.done"
fi
# dbt 2 takes a part of itself from GitHub while it is installed.
if [ ! -e "$tools/dbt.done" ]; then
    python3 -m venv "$tools/dbt"
    "$tools/dbt/bin/pip" install -q --disable-pip-version-check dbt-core==1.10.23 dbt-duckdb==1.10.1 duckdb==2.0.1
    touch "$tools/dbt.done"
fi
