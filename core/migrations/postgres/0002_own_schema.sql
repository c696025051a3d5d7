-- From here on the tables are in a schema of their own. A ledger without this step is that of an earlier version, whose
-- tables src/adapters/postgres/migrate.ts moves before any step is applied.
SELECT 1;
