-- Tables of a company's own, as of no product. The rows stand around 2026-05-25.
CREATE TABLE customers (
  id bigint PRIMARY KEY, name varchar(200) NOT NULL, timezone varchar(64), language char(2), deleted_at timestamptz);
CREATE TABLE members (
  id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, email varchar(254) NOT NULL,
  full_name varchar(200), role varchar(20) NOT NULL, language char(2), password_hash text NOT NULL);
CREATE INDEX ON members (customer_id);
CREATE TABLE credits (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer_id bigint NOT NULL REFERENCES customers,
  source varchar(20) NOT NULL, label varchar(100), currency char(3) NOT NULL, amount_cents bigint NOT NULL,
  spent_cents bigint NOT NULL DEFAULT 0, status varchar(10) NOT NULL DEFAULT 'active', expires_on date,
  created_at timestamp NOT NULL, updated_at timestamp NOT NULL);
CREATE INDEX ON credits (customer_id);
CREATE TABLE credit_spendings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, credit_id uuid NOT NULL REFERENCES credits,
  customer_id bigint NOT NULL, currency char(3) NOT NULL, cents bigint NOT NULL, spent_at timestamptz NOT NULL);

INSERT INTO customers VALUES
  (1, 'Alder Works', 'Europe/Berlin', 'de', NULL), (2, 'Birch Labs', NULL, NULL, NULL),
  (3, 'Cedar (closed)', NULL, NULL, '2026-02-01Z'), (4, 'Nobody for bills', NULL, NULL, NULL);
INSERT INTO members VALUES
  (11, 1, 'owner@alder.example', 'Ana Alder', 'owner', NULL, 'x'), (12, 1, 'bills@alder.example', NULL, 'billing', 'en', 'x'),
  (13, 1, 'dev@alder.example', NULL, 'developer', NULL, 'x'), (21, 2, 'bo@birch.example', 'Bo', 'owner', NULL, 'x'),
  (31, 3, 'cy@cedar.example', NULL, 'owner', NULL, 'x'), (41, 4, 'dev@nobody.example', NULL, 'developer', NULL, 'x');
INSERT INTO credits (id, customer_id, source, label, currency, amount_cents, spent_cents, status, expires_on, created_at, updated_at) VALUES
  ('00000000-0000-4000-8000-000000000001', 1, 'purchase', 'Pack', 'eur', 2000, 200, 'active', '2026-05-30', '2026-01-01', '2026-01-01'),
  ('00000000-0000-4000-8000-000000000002', 1, 'gift', NULL, 'eur', 500, 500, 'active', '2026-05-30', '2026-01-01', '2026-01-01'),
  ('00000000-0000-4000-8000-000000000003', 1, 'purchase', NULL, 'eur', 2000, 0, 'void', '2026-05-30', '2026-01-01', '2026-02-01'),
  ('00000000-0000-4000-8000-000000000004', 1, 'purchase', 'For ever', 'eur', 9000, 0, 'active', NULL, '2025-06-01', '2026-01-01'),
  ('00000000-0000-4000-8000-000000000005', 2, 'gift', 'Welcome', 'usd', 1000, 250, 'active', '2026-05-23', '2026-01-01', '2026-01-01'),
  ('00000000-0000-4000-8000-000000000006', 3, 'purchase', NULL, 'eur', 2000, 0, 'active', '2026-05-30', '2026-01-01', '2026-01-01'),
  ('00000000-0000-4000-8000-000000000007', 4, 'purchase', NULL, 'eur', 2000, 0, 'active', '2026-05-30', '2026-01-01', '2026-01-01');
INSERT INTO credit_spendings (credit_id, customer_id, currency, cents, spent_at)
  SELECT '00000000-0000-4000-8000-000000000001', 1, 'eur', 5, at
    FROM generate_series('2026-04-20 10:00Z'::timestamptz, '2026-05-24 10:00Z', interval '12 hours') AS at;
