-- For an expiry that no index can serve, because it is computed from other rows: a copy of the view, with indexes of its
-- own, made anew every few minutes. It takes the place of billing.credit_grants; the slow view is kept under another name.
-- Run the grants of role.sql once more afterwards: the copy is a relation of its own.
BEGIN;
GRANT CREATE ON SCHEMA billing TO billing_views;
SET LOCAL ROLE billing_views;
ALTER VIEW billing.credit_grants RENAME TO credit_grants_now;
CREATE MATERIALIZED VIEW billing.credit_grants AS SELECT * FROM billing.credit_grants_now;
-- REFRESH … CONCURRENTLY, which lets others read meanwhile, asks for a unique one.
CREATE UNIQUE INDEX ON billing.credit_grants (id);
CREATE INDEX ON billing.credit_grants (expires_at, id);
CREATE INDEX ON billing.credit_grants (granted_at) WHERE expires_at IS NULL;
CREATE INDEX ON billing.credit_grants (account_id);
RESET ROLE;
REVOKE CREATE ON SCHEMA billing FROM billing_views;
COMMIT;
