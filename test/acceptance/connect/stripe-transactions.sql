-- The debits and credits of the grants in stripe.sql, as the API gives them.
INSERT INTO stripe.billing_credit_balance_transaction (_raw_data)
  SELECT jsonb_build_object('object', 'billing.credit_balance_transaction', 'id', 'cbtxn_' || n, 'credit_grant', 'credgr_' || grant_no,
           'type', side, side, jsonb_build_object('type', type, 'amount',
             jsonb_build_object('type', 'monetary', 'monetary', jsonb_build_object('currency', currency, 'value', value))),
           CASE side WHEN 'debit' THEN 'credit' ELSE 'debit' END, NULL, 'effective_at', 1769904000, 'livemode', true)
    FROM (VALUES (1, 1, 'credit', 'credits_granted', 'eur', 2000), (2, 1, 'debit', 'credits_applied', 'eur', 700),
                 (3, 1, 'credit', 'credits_application_invoice_voided', 'eur', 500), (4, 2, 'debit', 'credits_applied', 'jpy', 1800),
                 (5, 6, 'debit', 'credits_applied', 'usd', 1000), (6, 6, 'debit', 'credits_expired', 'usd', 2000),
                 (7, 7, 'debit', 'credits_applied', 'usd', 3000), (8, 3, 'debit', 'credits_voided', 'eur', 900))
      AS t (n, grant_no, side, type, currency, value);
