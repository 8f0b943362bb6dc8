CREATE TABLE billing.credit_usage (
    account_id text NOT NULL,
    unit       text NOT NULL,
    day        date NOT NULL,
    amount     numeric NOT NULL,
    PRIMARY KEY (account_id, unit, day)
);
