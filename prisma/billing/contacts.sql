-- No foreign keys in this schema: it stands for relations that others load, in whatever order they do.
CREATE TABLE billing.contacts (
    id                     text PRIMARY KEY,
    account_id             text NOT NULL,
    email                  text NOT NULL,
    name                   text,
    locale                 text,
    time_zone              text,
    receives_billing_email boolean NOT NULL DEFAULT true
);

CREATE INDEX contacts_account_id_idx ON billing.contacts (account_id);
-- By it, support finds whoever has an address: explain --email.
CREATE INDEX contacts_email_idx ON billing.contacts (lower(email));
