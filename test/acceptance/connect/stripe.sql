-- The tables that Stripe's sync engine makes of the objects that are read, by packages/destination-postgres at
-- stripe-experiments/sync-engine 2d059ff (2026-05-06) and Stripe's API 2026-03-25: every column that is used and its
-- neighbours. The rows are objects as the API gives them, around 2026-05-25.
CREATE SCHEMA stripe;
CREATE TABLE stripe.customer (
  _raw_data jsonb NOT NULL, _synced_at timestamptz DEFAULT now() NOT NULL, _updated_at timestamptz DEFAULT now() NOT NULL,
  id text GENERATED ALWAYS AS ((_raw_data->>'id')::text) STORED,
  _account_id text GENERATED ALWAYS AS ((_raw_data->>'_account_id')::text) STORED,
  created bigint GENERATED ALWAYS AS ((NULLIF(_raw_data->>'created', ''))::bigint) STORED,
  currency text GENERATED ALWAYS AS ((_raw_data->>'currency')::text) STORED,
  deleted boolean GENERATED ALWAYS AS ((NULLIF(_raw_data->>'deleted', ''))::boolean) STORED,
  email text GENERATED ALWAYS AS ((_raw_data->>'email')::text) STORED,
  livemode boolean GENERATED ALWAYS AS ((NULLIF(_raw_data->>'livemode', ''))::boolean) STORED,
  metadata jsonb GENERATED ALWAYS AS ((_raw_data->'metadata')::jsonb) STORED,
  name text GENERATED ALWAYS AS ((_raw_data->>'name')::text) STORED,
  preferred_locales text GENERATED ALWAYS AS ((_raw_data->>'preferred_locales')::text) STORED,
  PRIMARY KEY (id, _account_id));
CREATE TABLE stripe.billing_credit_grant (
  _raw_data jsonb NOT NULL, _synced_at timestamptz DEFAULT now() NOT NULL, _updated_at timestamptz DEFAULT now() NOT NULL,
  id text GENERATED ALWAYS AS ((_raw_data->>'id')::text) STORED,
  _account_id text GENERATED ALWAYS AS ((_raw_data->>'_account_id')::text) STORED,
  amount jsonb GENERATED ALWAYS AS ((_raw_data->'amount')::jsonb) STORED,
  applicability_config jsonb GENERATED ALWAYS AS ((_raw_data->'applicability_config')::jsonb) STORED,
  category text GENERATED ALWAYS AS ((_raw_data->>'category')::text) STORED,
  created bigint GENERATED ALWAYS AS ((NULLIF(_raw_data->>'created', ''))::bigint) STORED,
  customer text GENERATED ALWAYS AS (CASE
      WHEN jsonb_typeof(_raw_data->'customer') = 'object' AND _raw_data->'customer' ? 'id'
        THEN (_raw_data->'customer'->>'id')
      ELSE (_raw_data->>'customer')
    END) STORED,
  effective_at bigint GENERATED ALWAYS AS ((NULLIF(_raw_data->>'effective_at', ''))::bigint) STORED,
  expires_at bigint GENERATED ALWAYS AS ((NULLIF(_raw_data->>'expires_at', ''))::bigint) STORED,
  livemode boolean GENERATED ALWAYS AS ((NULLIF(_raw_data->>'livemode', ''))::boolean) STORED,
  metadata jsonb GENERATED ALWAYS AS ((_raw_data->'metadata')::jsonb) STORED,
  name text GENERATED ALWAYS AS ((_raw_data->>'name')::text) STORED,
  priority bigint GENERATED ALWAYS AS ((NULLIF(_raw_data->>'priority', ''))::bigint) STORED,
  updated bigint GENERATED ALWAYS AS ((NULLIF(_raw_data->>'updated', ''))::bigint) STORED,
  voided_at bigint GENERATED ALWAYS AS ((NULLIF(_raw_data->>'voided_at', ''))::bigint) STORED,
  PRIMARY KEY (id, _account_id));

INSERT INTO stripe.customer (_raw_data)
  SELECT jsonb_build_object('object', 'customer', '_account_id', 'acct_1', 'created', 1767225600, 'livemode', true) || c::jsonb
    FROM (VALUES ('{"id": "cus_1", "name": "Alder Works", "email": "ana@alder.example", "preferred_locales": ["fr", "en"], "metadata": {"timezone": "Europe/Paris"}}'),
                 ('{"id": "cus_2", "name": null, "email": "bo@birch.example", "preferred_locales": [], "metadata": {}}'),
                 ('{"id": "cus_3", "deleted": true}'),
                 ('{"id": "cus_4", "name": "No address", "email": null, "metadata": {}}')) AS v (c);
INSERT INTO stripe.billing_credit_grant (_raw_data)
  SELECT jsonb_build_object('object', 'billing.credit_grant', '_account_id', 'acct_1', 'id', 'credgr_' || n, 'customer', customer,
           'category', category, 'name', name, 'priority', 50, 'created', 1767225600, 'effective_at', 1767225600, 'livemode', live,
           'amount', jsonb_build_object('type', 'monetary', 'monetary', jsonb_build_object('currency', currency, 'value', value)),
           'expires_at', extract(epoch FROM expiry::timestamptz)::bigint, 'voided_at', extract(epoch FROM voided::timestamptz)::bigint)
    FROM (VALUES (1, 'cus_1', 'paid', 'Pack', 'eur', 2000, '2026-05-30 22:00Z', NULL, true),
                 (2, 'cus_1', 'promotional', 'Welcome', 'jpy', 5000, '2026-05-30 22:00Z', NULL, true),
                 (3, 'cus_1', 'paid', 'Void', 'eur', 900, '2026-05-30 22:00Z', '2026-03-01Z', true),
                 (4, 'cus_1', 'paid', 'For ever', 'eur', 900, NULL, NULL, true),
                 (5, 'cus_1', 'paid', 'A trial of the integration', 'eur', 900, '2026-05-30 22:00Z', NULL, false),
                 (6, 'cus_2', 'paid', NULL, 'usd', 3000, '2026-05-23Z', NULL, true),
                 (7, 'cus_2', 'paid', NULL, 'usd', 3000, '2026-05-31Z', NULL, true),
                 (8, 'cus_3', 'paid', NULL, 'usd', 3000, '2026-05-31Z', NULL, true),
                 (9, 'cus_4', 'paid', NULL, 'usd', 3000, '2026-05-31Z', NULL, true))
      AS g (n, customer, category, name, currency, value, expiry, voided, live);
