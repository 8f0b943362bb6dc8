-- Tables of one's own: customers, members, credits and credit_spendings, as a small billing system keeps them.
-- Put your own names in their place. Run it as a role that may create roles and schemas; all of it is done, or nothing.
-- It may be run again.
BEGIN;

-- Owns the views and may read, of the tables beneath them, what the views show. Nobody logs in as it. It may be there
-- already, from another database of this server.
DO $$ BEGIN CREATE ROLE billing_views NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT billing_views TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO billing_views;
GRANT SELECT (id, name, timezone, language, deleted_at) ON public.customers TO billing_views;
GRANT SELECT (id, customer_id, email, full_name, role, language) ON public.members TO billing_views;
GRANT SELECT (id, customer_id, source, label, currency, amount_cents, spent_cents, status, created_at, updated_at, expires_on)
  ON public.credits TO billing_views;
GRANT SELECT (customer_id, currency, cents, spent_at) ON public.credit_spendings TO billing_views;

CREATE SCHEMA IF NOT EXISTS billing;
GRANT USAGE, CREATE ON SCHEMA billing TO billing_views;
SET LOCAL ROLE billing_views;

CREATE OR REPLACE VIEW billing.accounts AS
  SELECT id::text AS id, name::text AS name, timezone::text AS time_zone, language::text AS locale,
         deleted_at AS closed_at
    FROM public.customers;

-- Whoever looks after the money; nobody else of the company hears of it.
CREATE OR REPLACE VIEW billing.contacts AS
  SELECT id::text AS id, customer_id::text AS account_id, email::text AS email, full_name::text AS name,
         language::text AS locale, NULL::text AS time_zone, role IN ('owner', 'billing') AS receives_billing_email
    FROM public.members;

CREATE OR REPLACE VIEW billing.credit_grants AS
  SELECT id::text AS id, customer_id::text AS account_id,
         CASE source WHEN 'purchase' THEN 'purchased' ELSE 'promotional' END AS kind,
         label::text AS name, upper(currency::text) AS unit,
         amount_cents * 0.01 AS amount, (amount_cents - spent_cents) * 0.01 AS remaining, 0 AS priority,
         -- A time without a zone, written in UTC.
         created_at AT TIME ZONE 'UTC' AS granted_at, NULL::timestamptz AS effective_at,
         -- The last day on which they can be used: they end with it. No day: they never end.
         coalesce((expires_on + 1)::timestamp AT TIME ZONE 'UTC', 'infinity') AS expires_at,
         CASE status WHEN 'void' THEN updated_at AT TIME ZONE 'UTC' END AS voided_at,
         -- What is not spent stays in spent_cents as it was, so there is nothing to note apart.
         NULL::numeric AS expired_amount
    FROM public.credits;

-- Optional: with it, mails say what will be used in time and what lost.
CREATE OR REPLACE VIEW billing.credit_usage AS
  SELECT customer_id::text AS account_id, upper(currency::text) AS unit, (spent_at AT TIME ZONE 'UTC')::date AS day,
         sum(cents) * 0.01 AS amount
    FROM public.credit_spendings
   GROUP BY 1, 2, 3;

RESET ROLE;
REVOKE CREATE ON SCHEMA billing FROM billing_views;

-- Each on the very expression that a view shows. On large tables, make them with CREATE INDEX CONCURRENTLY, outside of
-- this transaction. One whose expression you change has to be dropped first.
CREATE INDEX IF NOT EXISTS credits_expiry ON public.credits (coalesce((expires_on + 1)::timestamp AT TIME ZONE 'UTC', 'infinity'));
CREATE INDEX IF NOT EXISTS credits_id_text ON public.credits ((id::text));
CREATE INDEX IF NOT EXISTS credits_customer_text ON public.credits ((customer_id::text));
CREATE INDEX IF NOT EXISTS customers_id_text ON public.customers ((id::text));
CREATE INDEX IF NOT EXISTS members_customer_text ON public.members ((customer_id::text));
CREATE INDEX IF NOT EXISTS credit_spendings_customer_text ON public.credit_spendings ((customer_id::text));
-- By it, support finds whoever has an address: explain --email.
CREATE INDEX IF NOT EXISTS members_email ON public.members (lower(email));

COMMIT;
