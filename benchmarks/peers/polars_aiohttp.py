"""What a developer in a hurry for speed writes: polars reads, aiohttp sends 16 calls at a time. No audit, no state."""

import asyncio
import sys
from collections.abc import Iterator

import aiohttp
import orjson
import polars as pl

BATCH = 500
IN_FLIGHT = 16
ATTEMPTS = 10

path, server = sys.argv[1:]


def bodies() -> Iterator[bytes]:
    """What is to be sent, call by call."""
    columns = {"Store": "location_id", "Item Code": "sku", "Quantity": "quantity"}
    table = pl.read_csv(path, columns=list(columns), infer_schema=False).rename(columns)
    table = table.select("location_id", "sku", pl.col("quantity").cast(pl.Int64))
    for start in range(0, table.height, BATCH):
        yield orjson.dumps(table.slice(start, BATCH).to_dicts())


async def push(session: aiohttp.ClientSession, waiting: Iterator[bytes]) -> None:
    """Send what waits, one call after the other."""
    for body in waiting:
        for attempt in range(ATTEMPTS):
            async with session.put("/ims/v3/inventory", data=body) as answer:
                await answer.read()
                if answer.ok:
                    break
            await asyncio.sleep(0.1 * 2**attempt)
        else:
            sys.exit("gave up")


async def main() -> None:
    """Send with as many hands as calls may be under way."""
    waiting = bodies()
    headers = {"x-access-token": "benchmark", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(server, headers=headers) as session, asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(push(session, waiting))


asyncio.run(main())
