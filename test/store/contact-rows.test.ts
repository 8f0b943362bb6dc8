import { expect, test } from 'vitest'
import { readContactRows } from '../../src/store/contact-rows.ts'
import { testDatabase } from '../support/database.ts'

test('a contact that a view says twice is one, and is not written to where either row says so', async () => {
  await using database = await testDatabase()
  await database.sql(`
    DROP TABLE billing.contacts;
    CREATE VIEW billing.contacts AS
      SELECT id, account_id, email, NULL::text AS name, NULL::text AS locale, NULL::text AS time_zone, receives AS receives_billing_email
        FROM (VALUES ('con_1', 'acc_1', 'ana@example.com', true), ('con_1', 'acc_1', 'zoe@example.com', false),
                     ('con_2', 'acc_1', 'bo@example.com', true), ('con_2', 'acc_1', 'bo@example.com', true),
                     ('con_2', 'acc_2', 'bo@example.com', true), (NULL, 'acc_1', 'nobody@example.com', true),
                     ('con_3', 'acc_3', 'cy@example.com', true)) AS c (id, account_id, email, receives)`)
  const rows = await database.db.$transaction((tx) => readContactRows(tx, ['acc_2', 'acc_1']))
  expect(rows.map(({ accountId, id, receivesBillingEmail }) => [accountId, id, receivesBillingEmail])).toEqual([
    ['acc_1', 'con_1', false],
    ['acc_1', 'con_2', true],
    ['acc_2', 'con_2', true],
  ])
})
