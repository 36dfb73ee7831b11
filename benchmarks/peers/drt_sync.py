"""drt: a project as `drt init` makes it, DuckDB reading the CSV, its rest_api destination in batch mode."""

import os
import sys
from pathlib import Path

path, server = sys.argv[1:]
PROFILE = """\
local:
  type: duckdb
  database: ":memory:"
  fetch_size: 50000
"""
PROJECT = """\
name: push
version: "0.1"
profile: local
"""
SYNC = f"""\
name: stock
model: >
  SELECT "Store" AS location_id, "Item Code" AS sku, CAST("Quantity" AS INTEGER) AS quantity
  FROM read_csv('{path}', all_varchar = true)
destination:
  type: rest_api
  url: {server}/ims/v3/inventory
  method: PUT
  headers:
    Content-Type: application/json
    x-access-token: benchmark
  body_mode: batch
  max_records_per_request: 500
  batch_template: "{{{{ rows | tojson_safe }}}}"
sync:
  mode: full
  batch_size: 50000
  rate_limit:
    requests_per_second: 1000000
  retry:
    max_attempts: 10
    initial_backoff: 0.1
"""  # noqa: S608  the path is one of our own making

for name, text in ((".drt/profiles.yml", PROFILE), ("drt_project.yml", PROJECT), ("syncs/stock.yml", SYNC)):
    file = Path(name)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
drt = Path(sys.executable).with_name("drt")
os.execve(drt, [drt, "run"], {**os.environ, "HOME": str(Path.cwd())})  # noqa: S606  drt takes over this process
