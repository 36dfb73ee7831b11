"""The steps from one layout of the ledger to the next; Alembic runs them when a ledger is opened."""
