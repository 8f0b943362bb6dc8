-- OpenMeter, as of August 2026 (after 1.0.0-beta.232): the grants of metered entitlements.
-- Run it as a role that may create roles and schemas; all of it is done, or nothing. It may be run again.
BEGIN;

-- Owns the views and may read, of the tables beneath them, what the views show. Nobody logs in as it. It may be there
-- already, from another database of this server.
DO $$ BEGIN CREATE ROLE billing_views NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT billing_views TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO billing_views;
GRANT SELECT (id, namespace, name, primary_email, metadata, deleted_at) ON public.customers TO billing_views;
GRANT SELECT (id, customer_id, feature_key, deleted_at, active_to) ON public.entitlements TO billing_views;
GRANT SELECT (id, namespace, owner_id, amount, priority, effective_at, expires_at, voided_at, deleted_at, created_at,
              metadata) ON public.grants TO billing_views;
GRANT SELECT (namespace, owner_id, at, deleted_at, grant_balances) ON public.balance_snapshots TO billing_views;

CREATE SCHEMA IF NOT EXISTS billing;
GRANT USAGE, CREATE ON SCHEMA billing TO billing_views;
SET LOCAL ROLE billing_views;

-- OpenMeter knows no time zone and no language of a customer; put them into the customer's metadata.
CREATE OR REPLACE VIEW billing.accounts AS
  SELECT id::text AS id, name::text AS name, metadata ->> 'timezone' AS time_zone, metadata ->> 'locale' AS locale,
         deleted_at AS closed_at
    FROM public.customers;

CREATE OR REPLACE VIEW billing.contacts AS
  SELECT id::text AS id, id::text AS account_id, primary_email::text AS email, NULL::text AS name, NULL::text AS locale,
         NULL::text AS time_zone, true AS receives_billing_email
    FROM public.customers
   WHERE primary_email <> '';

CREATE OR REPLACE VIEW billing.credit_grants AS
  SELECT g.id::text AS id, e.customer_id::text AS account_id,
         -- Grants have no kind; say it in their metadata, or here by what you know of them.
         coalesce(g.metadata ->> 'kind', 'purchased') AS kind, g.metadata ->> 'name' AS name,
         e.feature_key::text AS unit, g.amount AS amount,
         -- By the last snapshot that knows the grant; one that none knows yet is whole.
         coalesce((SELECT (s.grant_balances ->> g.id::text)::numeric
                     FROM public.balance_snapshots s
                    WHERE s.namespace = g.namespace AND s.owner_id = g.owner_id AND s.deleted_at IS NULL
                      AND s.grant_balances ? g.id::text
                    ORDER BY s.at DESC LIMIT 1), g.amount) AS remaining,
         g.priority::integer AS priority, g.created_at AS granted_at, g.effective_at AS effective_at,
         coalesce(g.expires_at, 'infinity') AS expires_at,
         -- Whichever came first: the grant was voided, it or its entitlement was deleted, or the entitlement ended.
         least(g.voided_at, g.deleted_at, e.deleted_at, e.active_to) AS voided_at, NULL::numeric AS expired_amount
    FROM public.grants g JOIN public.entitlements e ON e.id = g.owner_id;

RESET ROLE;
REVOKE CREATE ON SCHEMA billing FROM billing_views;

-- Each on the very expression that a view shows. On large tables, make them with CREATE INDEX CONCURRENTLY, outside of
-- this transaction. One whose expression you change has to be dropped first.
CREATE INDEX IF NOT EXISTS reminders_grants_expiry ON public.grants (coalesce(expires_at, 'infinity'));
CREATE INDEX IF NOT EXISTS reminders_grants_id ON public.grants ((id::text));
CREATE INDEX IF NOT EXISTS reminders_grants_owner ON public.grants (owner_id);
CREATE INDEX IF NOT EXISTS reminders_entitlements_customer ON public.entitlements ((customer_id::text));
CREATE INDEX IF NOT EXISTS reminders_customers_id ON public.customers ((id::text));
-- By it, support finds whoever has an address: explain --email.
CREATE INDEX IF NOT EXISTS reminders_customers_email ON public.customers (lower(primary_email));

COMMIT;
