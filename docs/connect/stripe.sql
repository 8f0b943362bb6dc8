-- Stripe Billing credit grants, in the schema `stripe` as Stripe's sync engine writes it (source of May 2026): a table for
-- each kind of object, with the object as JSON and its fields as generated columns.
-- Run it as a role that may create roles and schemas; all of it is done, or nothing. It may be run again.
BEGIN;

-- A grant does not say what is left of it: that is its amount less its debits, which are objects of their own, and which
-- the sync engine leaves out because Stripe lists them by customer only. Write them here, in the engine's own form, from
-- the webhook billing.credit_balance_transaction.created, and once, for what there is, from
-- GET /v1/billing/credit_balance_transactions?customer=….
CREATE TABLE IF NOT EXISTS stripe.billing_credit_balance_transaction (
  _raw_data jsonb NOT NULL,
  id text GENERATED ALWAYS AS (_raw_data ->> 'id') STORED PRIMARY KEY,
  credit_grant text GENERATED ALWAYS AS (
    CASE jsonb_typeof(_raw_data -> 'credit_grant') WHEN 'object' THEN _raw_data -> 'credit_grant' ->> 'id'
         ELSE _raw_data ->> 'credit_grant' END) STORED,
  credit jsonb GENERATED ALWAYS AS (_raw_data -> 'credit') STORED,
  debit jsonb GENERATED ALWAYS AS (_raw_data -> 'debit') STORED
);

-- Owns the views and may read, of the tables beneath them, what the views show. Nobody logs in as it. It may be there
-- already, from another database of this server.
DO $$ BEGIN CREATE ROLE billing_views NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT billing_views TO CURRENT_USER;
GRANT USAGE ON SCHEMA stripe TO billing_views;
GRANT SELECT (id, name, email, preferred_locales, metadata, deleted) ON stripe.customer TO billing_views;
GRANT SELECT (id, customer, category, name, amount, priority, created, effective_at, expires_at, voided_at, livemode)
  ON stripe.billing_credit_grant TO billing_views;
GRANT SELECT (credit_grant, credit, debit) ON stripe.billing_credit_balance_transaction TO billing_views;

CREATE SCHEMA IF NOT EXISTS billing;
GRANT USAGE, CREATE ON SCHEMA billing TO billing_views;
SET LOCAL ROLE billing_views;

-- Stripe knows no time zone of a customer; put it into the customer's metadata. Of a deleted one it does not say when.
CREATE OR REPLACE VIEW billing.accounts AS
  SELECT id AS id, coalesce(name, email, id) AS name, metadata ->> 'timezone' AS time_zone,
         preferred_locales::jsonb ->> 0 AS locale,
         CASE WHEN deleted THEN '-infinity'::timestamptz END AS closed_at
    FROM stripe.customer;

CREATE OR REPLACE VIEW billing.contacts AS
  SELECT id AS id, id AS account_id, email AS email, name AS name, NULL::text AS locale, NULL::text AS time_zone,
         true AS receives_billing_email
    FROM stripe.customer
   WHERE email <> '';

-- What one of the smallest unit is worth, as Stripe counts them (its documentation on currencies).
CREATE OR REPLACE FUNCTION billing.smallest_unit(currency text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN currency IN ('bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'vnd', 'vuv', 'xaf',
                                'xof', 'xpf') THEN 1
              WHEN currency IN ('bhd', 'jod', 'kwd', 'omr', 'tnd') THEN 0.001
              ELSE 0.01 END
$$;

CREATE OR REPLACE VIEW billing.credit_grants AS
  SELECT g.id AS id, g.customer AS account_id,
         CASE g.category WHEN 'paid' THEN 'purchased' ELSE g.category END AS kind, g.name AS name,
         upper(g.amount #>> '{monetary,currency}') AS unit,
         (g.amount #>> '{monetary,value}')::numeric * billing.smallest_unit(g.amount #>> '{monetary,currency}') AS amount,
         ((g.amount #>> '{monetary,value}')::numeric
           - (SELECT coalesce(sum((t.debit #>> '{amount,monetary,value}')::numeric), 0)
                FROM stripe.billing_credit_balance_transaction t WHERE t.credit_grant = g.id)
           -- What an invoice had used and, being voided, gave back.
           + (SELECT coalesce(sum((t.credit #>> '{amount,monetary,value}')::numeric), 0)
                FROM stripe.billing_credit_balance_transaction t
               WHERE t.credit_grant = g.id AND t.credit ->> 'type' = 'credits_application_invoice_voided')
         ) * billing.smallest_unit(g.amount #>> '{monetary,currency}') AS remaining,
         coalesce(g.priority, 50)::integer AS priority, to_timestamp(g.created) AS granted_at,
         to_timestamp(g.effective_at) AS effective_at, coalesce(to_timestamp(g.expires_at), 'infinity') AS expires_at,
         to_timestamp(g.voided_at) AS voided_at,
         -- At the expiry Stripe debits what is left, so that nothing is; this is what it was.
         (SELECT sum((t.debit #>> '{amount,monetary,value}')::numeric)
            FROM stripe.billing_credit_balance_transaction t
           WHERE t.credit_grant = g.id AND t.debit ->> 'type' = 'credits_expired')
           * billing.smallest_unit(g.amount #>> '{monetary,currency}') AS expired_amount
    FROM stripe.billing_credit_grant g
   WHERE g.livemode;

RESET ROLE;
REVOKE CREATE ON SCHEMA billing FROM billing_views;

-- Each on the very expression that a view shows. On large tables, make them with CREATE INDEX CONCURRENTLY, outside of
-- this transaction. One whose expression you change has to be dropped first.
CREATE INDEX IF NOT EXISTS reminders_grants_expiry ON stripe.billing_credit_grant (coalesce(to_timestamp(expires_at), 'infinity'));
CREATE INDEX IF NOT EXISTS reminders_grants_customer ON stripe.billing_credit_grant (customer);
CREATE INDEX IF NOT EXISTS reminders_transactions_grant ON stripe.billing_credit_balance_transaction (credit_grant);
-- By it, support finds whoever has an address: explain --email.
CREATE INDEX IF NOT EXISTS reminders_customers_email ON stripe.customer (lower(email));

COMMIT;
