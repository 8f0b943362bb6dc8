-- Lago, as of August 2026 (between 1.51 and its successor): wallets and their transactions.
-- Run it as a role that may create roles and schemas; all of it is done, or nothing. It may be run again.
BEGIN;

-- Owns the views and may read, of the tables beneath them, what the views show. Nobody logs in as it. It may be there
-- already, from another database of this server.
DO $$ BEGIN CREATE ROLE billing_views NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT billing_views TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO billing_views;
GRANT SELECT (id, organization_id, billing_entity_id, external_id, name, legal_name, firstname, lastname, email, timezone,
              document_locale, deleted_at) ON public.customers TO billing_views;
GRANT SELECT (id, timezone, document_locale) ON public.billing_entities TO billing_views;
GRANT SELECT (id, customer_id, name, status, traceable, priority, rate_amount, credits_balance, balance_currency,
              expiration_at, terminated_at, created_at) ON public.wallets TO billing_views;
GRANT SELECT (id, wallet_id, transaction_type, transaction_status, status, name, priority, amount, remaining_amount_cents,
              settled_at, created_at) ON public.wallet_transactions TO billing_views;

CREATE SCHEMA IF NOT EXISTS billing;
GRANT USAGE, CREATE ON SCHEMA billing TO billing_views;
SET LOCAL ROLE billing_views;

-- A zone or language that the customer lacks is the billing entity's. One Lago may serve several organizations: where
-- these are to hear from different senders, add WHERE organization_id = '…' here and run the program once for each.
CREATE OR REPLACE VIEW billing.accounts AS
  SELECT c.id::text AS id,
         coalesce(nullif(c.name, ''), nullif(c.legal_name, ''),
                  nullif(concat_ws(' ', c.firstname, c.lastname), ''), c.external_id)::text AS name,
         coalesce(nullif(c.timezone, ''), e.timezone)::text AS time_zone,
         coalesce(nullif(c.document_locale, ''), e.document_locale)::text AS locale,
         c.deleted_at AT TIME ZONE 'UTC' AS closed_at
    FROM public.customers c JOIN public.billing_entities e ON e.id = c.billing_entity_id;

-- customers.email holds one address, or several with commas. The id must not be the address: ids get into logs.
CREATE OR REPLACE VIEW billing.contacts AS
  SELECT c.id::text || '/' || left(md5(lower(trim(address))), 8) AS id, c.id::text AS account_id,
         trim(address) AS email, NULL::text AS name, NULL::text AS locale, NULL::text AS time_zone,
         true AS receives_billing_email
    FROM public.customers c CROSS JOIN LATERAL regexp_split_to_table(c.email, ',') AS address
   WHERE trim(address) <> '';

-- What one of the smallest unit is worth, as Lago counts them (the gem money).
CREATE OR REPLACE FUNCTION billing.smallest_unit(currency text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'HUF', 'ISK', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'UGX',
                                'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 1
              WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 0.001
              WHEN currency = 'CLF' THEN 0.0001
              ELSE 0.01 END
$$;

CREATE OR REPLACE VIEW billing.credit_grants AS
  -- A traceable wallet knows what is left of each top-up: each of them is a grant.
  SELECT t.id::text AS id, w.customer_id::text AS account_id,
         CASE t.transaction_status WHEN 1 THEN 'promotional' ELSE 'purchased' END AS kind,
         coalesce(nullif(t.name, ''), w.name)::text AS name, w.balance_currency::text AS unit,
         t.amount AS amount, t.remaining_amount_cents * billing.smallest_unit(w.balance_currency) AS remaining,
         -- The order of consumption: by wallet, by transaction, granted ones first.
         w.priority * 200 + t.priority * 2 + CASE t.transaction_status WHEN 1 THEN 0 ELSE 1 END AS priority,
         coalesce(t.settled_at, t.created_at) AT TIME ZONE 'UTC' AS granted_at, NULL::timestamptz AS effective_at,
         coalesce(w.expiration_at AT TIME ZONE 'UTC', 'infinity') AS expires_at,
         -- A wallet terminated before its expiry was taken away; one terminated at it has expired.
         CASE WHEN w.status = 1 AND w.terminated_at < coalesce(w.expiration_at, 'infinity')
              THEN w.terminated_at AT TIME ZONE 'UTC' END AS voided_at,
         NULL::numeric AS expired_amount
    FROM public.wallets w JOIN public.wallet_transactions t ON t.wallet_id = w.id
   WHERE w.traceable AND t.transaction_type = 0 AND t.status = 1
  UNION ALL
  -- Of the others only the balance is known: the wallet is the grant, purchased if anything in it was.
  SELECT w.id::text, w.customer_id::text,
         CASE WHEN EXISTS (SELECT FROM public.wallet_transactions t
                            WHERE t.wallet_id = w.id AND t.transaction_type = 0 AND t.status = 1
                              AND t.transaction_status <> 1) THEN 'purchased' ELSE 'promotional' END,
         w.name::text, w.balance_currency::text,
         (SELECT coalesce(sum(t.amount), 0) FROM public.wallet_transactions t
           WHERE t.wallet_id = w.id AND t.transaction_type = 0 AND t.status = 1),
         w.credits_balance * w.rate_amount, w.priority * 200, w.created_at AT TIME ZONE 'UTC', NULL,
         coalesce(w.expiration_at AT TIME ZONE 'UTC', 'infinity'),
         CASE WHEN w.status = 1 AND w.terminated_at < coalesce(w.expiration_at, 'infinity')
              THEN w.terminated_at AT TIME ZONE 'UTC' END,
         NULL
    FROM public.wallets w
   WHERE NOT w.traceable;

RESET ROLE;
REVOKE CREATE ON SCHEMA billing FROM billing_views;

-- Each on the very expression that a view shows. On large tables, make them with CREATE INDEX CONCURRENTLY, outside of
-- this transaction. Lago's own migrations leave them alone. One whose expression you change has to be dropped first.
CREATE INDEX IF NOT EXISTS reminders_wallets_expiry ON public.wallets (coalesce(expiration_at AT TIME ZONE 'UTC', 'infinity'));
CREATE INDEX IF NOT EXISTS reminders_wallets_id ON public.wallets ((id::text));
CREATE INDEX IF NOT EXISTS reminders_wallets_customer ON public.wallets ((customer_id::text));
CREATE INDEX IF NOT EXISTS reminders_transactions_id ON public.wallet_transactions ((id::text));
CREATE INDEX IF NOT EXISTS reminders_customers_id ON public.customers ((id::text));

COMMIT;
