"""dlt: arrow batches read by pyarrow, a custom destination that sends 500 records a call; its own state beside it."""

import sys
from collections.abc import Iterator

import dlt
import orjson
import pyarrow as pa
from dlt.sources.helpers.requests import Client
from pyarrow import csv

path, server = sys.argv[1:]
COLUMNS = {"Store": "location_id", "Item Code": "sku", "Quantity": "quantity"}
session = Client(request_max_attempts=10, request_backoff_factor=0.1).session
session.headers["x-access-token"] = "benchmark"


@dlt.resource(name="stock")
def stock() -> Iterator[pa.Table]:
    """The three columns, batch by batch."""
    types = {"Store": pa.string(), "Item Code": pa.string(), "Quantity": pa.int64()}
    options = csv.ConvertOptions(include_columns=list(COLUMNS), column_types=types)
    for batch in csv.open_csv(path, convert_options=options):
        yield pa.Table.from_batches([batch]).rename_columns(list(COLUMNS.values()))


@dlt.destination(
    name="konnect", batch_size=500, loader_file_format="parquet", skip_dlt_columns_and_tables=True
)
def konnect(records: pa.RecordBatch, table: dict[str, object]) -> None:  # noqa: ARG001  dlt hands it over
    """Push one batch."""
    answer = session.put(f"{server}/ims/v3/inventory", data=orjson.dumps(records.to_pylist()))
    answer.raise_for_status()


print(dlt.pipeline("push", destination=konnect, pipelines_dir="pipelines").run(stock()))
