"""The products Konnect lists, kept page by page. A list counts when it is whole; until then the old one does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from connector.later import later
from connector.ledger.columns import pack_columns, unpack_columns
from connector.ledger.faults import IllegalStep
from connector.ledger.prepared import Prepared
from connector.ledger.tables import catalogue_pages, catalogues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    import pyarrow as pa
    import pyarrow.compute as pc

    from connector.ledger.database import Database
else:
    pa = later("pyarrow")
    pc = later("pyarrow.compute")


@cache
def _listed() -> pa.Schema:
    """A product: its SKU and its price as canonical text ("999.00"), null where the list says none."""
    return pa.schema([(name, pa.large_string()) for name in ("sku", "mrp", "esp", "currency")])


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known of an account's list. `pulled_at`: None until one was whole; `failure`: how the last try ended."""

    account: str
    pull: int
    products: int
    pulled_at: datetime | None
    tried_at: datetime
    failure: str | None


_ALL = Prepared(
    sa.select(*(catalogues.c[name] for name in Catalogue.__dataclass_fields__)).order_by(catalogues.c.account)
)


class CatalogueBook:
    """The lists in the ledger. Thread-safe."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._kept: dict[tuple[str, int], Any] = {}

    def all(self) -> list[Catalogue]:
        """Every account's, by name."""
        with self._database.read() as connection:
            return [Catalogue(**row._asdict()) for row in _ALL.rows(connection)]

    def of(self, account: str) -> Catalogue | None:
        """An account's; None when it was never asked for."""
        return next((one for one in self.all() if one.account == account), None)

    def products(self, account: str) -> Any:
        """The list that counts, as columns of `_listed()`, each SKU once; None when there is none."""
        known = self.of(account)
        if known is None or known.pulled_at is None:
            return None
        key = (account, known.pull)
        if key not in self._kept:
            self._kept = {kept: one for kept, one in self._kept.items() if kept[0] != account}
            self._kept[key] = self._read(*key)
        return self._kept[key]

    def _read(self, account: str, pull: int) -> Any:
        query = sa.select(catalogue_pages.c.columns).order_by(catalogue_pages.c.id)
        mine = query.where(catalogue_pages.c.account == account, catalogue_pages.c.pull == pull)
        with self._database.read() as connection:
            pages = [unpack_columns(blob) for blob in connection.execute(mine).scalars()]
        return pa.Table.from_batches(pages, schema=_listed()).combine_chunks()

    def begin(self, account: str) -> int:
        """A new pull: its number. What an earlier one left half done is forgotten."""
        with self._database.write(durable=False) as connection:
            known = self._row(connection, account)
            last = sa.select(sa.func.max(catalogue_pages.c.pull)).where(catalogue_pages.c.account == account)
            pull = int(max(known.pull, connection.execute(last).scalar() or 0)) + 1
            self._forget(connection, account, catalogue_pages.c.pull != known.pull)
        return pull

    def add_page(self, account: str, pull: int, products: Iterable[tuple[str | None, ...]]) -> int:
        """Write some products (sku, mrp, esp, currency); answers how many."""
        page = _page(products)
        stored = {"account": account, "pull": pull, "records": page.num_rows, "columns": pack_columns(page)}
        with self._database.write(durable=False) as connection:
            connection.execute(catalogue_pages.insert().values(stored))
        return int(page.num_rows)

    def finish(self, account: str, pull: int, products: int) -> None:
        """The list is whole and counts from now on.

        Raises IllegalStep when not all its `products` are there: another pull has begun meanwhile.
        """
        mine = sa.and_(catalogue_pages.c.account == account, catalogue_pages.c.pull == pull)
        with self._database.write() as connection:
            kept = connection.execute(sa.select(sa.func.sum(catalogue_pages.c.records)).where(mine)).scalar()
            if (kept or 0) != products:
                message = f"another pull of the list of products of account {account} got in between"
                raise IllegalStep(message)
            now = self._now()
            values = {"pull": pull, "products": products, "pulled_at": now, "tried_at": now, "failure": None}
            connection.execute(catalogues.update().where(catalogues.c.account == account).values(values))
            self._forget(connection, account, catalogue_pages.c.pull != pull)

    def failed(self, account: str, reason: str) -> None:
        """The pull came to nothing: the old list stands."""
        with self._database.write(durable=False) as connection:
            known = self._row(connection, account)
            values = {"tried_at": self._now(), "failure": reason}
            connection.execute(catalogues.update().where(catalogues.c.account == account).values(values))
            self._forget(connection, account, catalogue_pages.c.pull != known.pull)

    def _row(self, connection: sa.Connection, account: str) -> Any:
        """The account's row, made when there is none."""
        mine = sa.select(catalogues).where(catalogues.c.account == account)
        found = connection.execute(mine).first()
        if found is None:
            row = {"account": account, "pull": 0, "products": 0, "tried_at": self._now()}
            connection.execute(catalogues.insert().values(row))
            found = connection.execute(mine).one()
        return found

    @staticmethod
    def _forget(connection: sa.Connection, account: str, which: sa.ColumnElement[bool]) -> None:
        connection.execute(catalogue_pages.delete().where(catalogue_pages.c.account == account, which))


def as_products(products: Iterable[tuple[str | None, ...]]) -> Any:
    """Some products (sku, mrp, esp, currency) as the columns of a list."""
    return pa.Table.from_batches([_page(products)], schema=_listed())


def as_texts(texts: Iterable[str]) -> Any:
    """Texts as a column, to ask a shelf for."""
    return pa.array(list(texts), type=pa.large_string())


def _page(products: Iterable[tuple[str | None, ...]]) -> pa.RecordBatch:
    rows = list(products)
    columns = [pa.array([row[at] for row in rows], pa.large_string()) for at in range(len(_listed()))]
    return pa.record_batch(columns, schema=_listed())


def skus(products: Any) -> Any:
    """The SKUs of a list, each once."""
    return pc.unique(products.column("sku").combine_chunks())
