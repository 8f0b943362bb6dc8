CREATE TABLE billing.accounts (
    id        text PRIMARY KEY,
    name      text NOT NULL,
    time_zone text,
    locale    text,
    closed_at timestamptz
);
