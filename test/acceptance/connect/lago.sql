-- The tables of Lago that are read, of db/structure.sql at getlago/lago-api 1b1c24a (2026-08-21): every column that is
-- used and its neighbours, and every index on the columns used. The rows stand around 2026-05-25.
CREATE TYPE payment_method_types AS ENUM ('provider', 'manual');
CREATE TABLE billing_entities (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY, organization_id uuid NOT NULL,
  timezone varchar DEFAULT 'UTC' NOT NULL, default_currency varchar DEFAULT 'USD' NOT NULL,
  document_locale varchar DEFAULT 'en' NOT NULL, email varchar, name varchar NOT NULL, code varchar NOT NULL,
  deleted_at timestamp(6), created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL);
CREATE TABLE customers (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY, external_id varchar NOT NULL, name varchar,
  organization_id uuid NOT NULL, created_at timestamp(6) NOT NULL, updated_at timestamp(6) NOT NULL, email varchar,
  legal_name varchar, currency varchar, timezone varchar, deleted_at timestamp(6), document_locale varchar,
  firstname varchar, lastname varchar, billing_entity_id uuid NOT NULL REFERENCES billing_entities);
CREATE INDEX index_customers_on_external_id ON customers (organization_id, external_id);
CREATE TABLE wallets (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY, customer_id uuid NOT NULL REFERENCES customers,
  status integer NOT NULL, name varchar, rate_amount numeric(30,5) DEFAULT 0.0 NOT NULL,
  credits_balance numeric(30,5) DEFAULT 0.0 NOT NULL, consumed_credits numeric(30,5) DEFAULT 0.0 NOT NULL,
  expiration_at timestamp, terminated_at timestamp, created_at timestamp(6) NOT NULL,
  updated_at timestamp(6) NOT NULL, balance_cents bigint DEFAULT 0 NOT NULL, balance_currency varchar NOT NULL,
  ongoing_balance_cents bigint DEFAULT 0 NOT NULL, organization_id uuid NOT NULL,
  priority integer DEFAULT 50 NOT NULL, traceable boolean DEFAULT false NOT NULL, code varchar, billing_entity_id uuid);
CREATE INDEX index_wallets_on_customer_id ON wallets (customer_id);
CREATE TABLE wallet_transactions (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY, wallet_id uuid NOT NULL REFERENCES wallets,
  transaction_type integer NOT NULL, status integer NOT NULL, amount numeric(30,5) DEFAULT 0.0 NOT NULL,
  credit_amount numeric(30,5) DEFAULT 0.0 NOT NULL, settled_at timestamp, created_at timestamp(6) NOT NULL,
  updated_at timestamp(6) NOT NULL, invoice_id uuid, source integer DEFAULT 0 NOT NULL,
  transaction_status integer DEFAULT 0 NOT NULL, failed_at timestamp(6), organization_id uuid NOT NULL,
  priority integer DEFAULT 50 NOT NULL, name varchar(255),
  payment_method_type payment_method_types DEFAULT 'provider' NOT NULL, remaining_amount_cents bigint,
  voided_invoice_id uuid,
  CONSTRAINT remaining_amount_cents_non_negative CHECK (remaining_amount_cents >= 0 OR remaining_amount_cents IS NULL));
CREATE INDEX index_wallet_transactions_on_wallet_id ON wallet_transactions (wallet_id);
CREATE INDEX idx_wallet_transactions_available_inbound ON wallet_transactions
  (wallet_id, priority, (CASE WHEN transaction_status = 1 THEN 0 ELSE 1 END), created_at)
  WHERE remaining_amount_cents > 0 AND transaction_type = 0 AND status = 1;

INSERT INTO billing_entities (id, organization_id, timezone, name, code, created_at, updated_at)
  VALUES ('e0000000-0000-4000-8000-000000000001', gen_random_uuid(), 'America/New_York', 'Acme', 'acme', now(), now());
INSERT INTO customers (id, external_id, name, firstname, lastname, organization_id, created_at, updated_at, email, timezone,
                       deleted_at, document_locale, billing_entity_id)
  SELECT ('c0000000-0000-4000-8000-00000000000' || n)::uuid, 'cust_' || n, name, first, last, gen_random_uuid(), now(), now(),
         email, zone, deleted, locale, 'e0000000-0000-4000-8000-000000000001'
    FROM (VALUES (1, 'Alder Works', NULL, NULL, 'ana@alder.example, bills@alder.example', 'Europe/Paris', NULL::timestamp, 'fr'),
                 (2, NULL, 'Bo', 'Birch', 'bo@birch.example', NULL, NULL, NULL),
                 (3, 'Cedar', NULL, NULL, 'cy@cedar.example', NULL, '2026-02-01', NULL),
                 (4, 'No address', NULL, NULL, NULL, NULL, NULL, NULL),
                 (5, 'Elm KK', NULL, NULL, 'el@elm.example', 'Asia/Tokyo', NULL, NULL))
      AS c (n, name, first, last, email, zone, deleted, locale);
-- status 0 is active, 1 terminated.
INSERT INTO wallets (id, customer_id, status, name, rate_amount, credits_balance, balance_cents, balance_currency, expiration_at,
                     terminated_at, created_at, updated_at, organization_id, priority, traceable)
  SELECT ('a0000000-0000-4000-8000-00000000000' || n)::uuid, ('c0000000-0000-4000-8000-00000000000' || customer)::uuid, status,
         name, rate, balance, cents, currency, expiry::timestamp, ended::timestamp, '2026-01-01', now(), gen_random_uuid(), 10, traceable
    FROM (VALUES (1, 1, 0, 'Prepaid', 1.0, 22.5, 2250, 'EUR', '2026-05-30 22:00', NULL, true),
                 (2, 2, 0, 'Old wallet', 0.1, 120, 1200, 'USD', '2026-05-31 04:00', NULL, false),
                 (3, 2, 1, 'Taken away', 1.0, 50, 5000, 'USD', '2026-05-30 04:00', '2026-03-01', false),
                 (4, 3, 0, 'Of a customer that is gone', 1.0, 50, 5000, 'USD', '2026-05-30 04:00', NULL, false),
                 (5, 4, 0, 'Of a customer without address', 1.0, 50, 5000, 'USD', '2026-05-30 04:00', NULL, false),
                 (6, 5, 1, 'Yen', 1.0, 3000, 3000, 'JPY', '2026-05-23 15:00', '2026-05-23 15:10', true),
                 (7, 5, 0, 'For ever', 1.0, 900, 900, 'JPY', NULL, NULL, false),
                 (8, 1, 0, 'All used', 1.0, 0, 0, 'EUR', '2026-05-30 22:00', NULL, false))
      AS w (n, customer, status, name, rate, balance, cents, currency, expiry, ended, traceable);
-- transaction_type 0 is inbound, 1 outbound; status 0 pending, 1 settled, 2 failed; transaction_status 0 purchased,
-- 1 granted, 2 voided, 3 invoiced.
INSERT INTO wallet_transactions (id, wallet_id, transaction_type, status, transaction_status, name, amount, credit_amount,
                                 remaining_amount_cents, settled_at, created_at, updated_at, organization_id, priority)
  SELECT ('b0000000-0000-4000-8000-00000000000' || n)::uuid, ('a0000000-0000-4000-8000-00000000000' || wallet)::uuid, type, status,
         kind, name, amount, amount, left_cents, '2026-01-02', '2026-01-01', now(), gen_random_uuid(), 50
    FROM (VALUES (1, 1, 0, 1, 0, 'Top-up', 20, 1750), (2, 1, 0, 1, 1, 'Welcome', 5, 500),
                 (3, 1, 0, 0, 0, 'Not paid yet', 99, NULL), (4, 1, 1, 1, 3, NULL, 2.5, NULL),
                 (5, 2, 0, 1, 0, NULL, 20, NULL), (6, 2, 1, 1, 3, NULL, 8, NULL),
                 (7, 6, 0, 1, 0, NULL, 4000, 3000), (8, 8, 0, 1, 1, NULL, 5, NULL), (9, 5, 0, 1, 1, NULL, 50, NULL))
      AS t (n, wallet, type, status, kind, name, amount, left_cents);
