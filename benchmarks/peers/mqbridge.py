"""mq-bridge: its file endpoint (CSV) and its http_bulk endpoint (JSON arrays), with its retry in between.

The fastest of what its manual offers: a template writes each document (a `transform` that coerces the quantity takes a
third more), four workers, batches of one call each.
"""

import sys

from mq_bridge import Route

path, server = sys.argv[1:]
DOCUMENT = (
    '{"location_id":"${payload:Store}","sku":"${payload:Item Code}","quantity":${payload:Quantity | raw}}'
)

route = Route.from_config(
    {
        "input": {"file": {"path": path, "format": "csv"}},
        "output": {
            "middlewares": [{"retry": {"max_attempts": 10}}],
            "http_bulk": {
                "url": server,
                "headers": {"x-access-token": "benchmark"},
                "upsert": {
                    "path": "/ims/v3/inventory",
                    "method": "PUT",
                    "format": "json_array",
                    "document": DOCUMENT,
                    "max_documents": 500,
                },
            },
        },
        "batch_size": 500,
        "concurrency": 4,
        "exit_on_empty": True,
    },
    "stock",
)
route.start()
route.join()
