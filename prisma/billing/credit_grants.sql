CREATE TABLE billing.credit_grants (
    id             text PRIMARY KEY,
    account_id     text NOT NULL,
    kind           text NOT NULL,
    name           text,
    unit           text NOT NULL,
    amount         numeric NOT NULL,
    remaining      numeric NOT NULL,
    priority       integer NOT NULL DEFAULT 0,
    granted_at     timestamptz NOT NULL,
    effective_at   timestamptz,
    expires_at     timestamptz,
    voided_at      timestamptz,
    expired_amount numeric
);

-- A sweep finds what is due by these two, whatever the table holds besides.
CREATE INDEX credit_grants_expires_at_id_idx ON billing.credit_grants (expires_at, id);
CREATE INDEX credit_grants_without_expiry_idx ON billing.credit_grants (granted_at, id) WHERE expires_at IS NULL;
CREATE INDEX credit_grants_account_id_idx ON billing.credit_grants (account_id);
