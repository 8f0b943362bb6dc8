import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { importFiles } from '../../src/jobs/import/files.ts'
import { packageFolder } from '../../src/paths.ts'
import { testDatabase } from '../support/database.ts'
import { type Files, faultsOf } from '../support/importing.ts'

const database = await testDatabase()
afterAll(database.drop)

/** What a refused import left: nothing, ever. */
const rowsLeft = () =>
  database.sql(`SELECT id FROM billing.accounts UNION ALL SELECT id FROM billing.contacts
    UNION ALL SELECT id FROM billing.credit_grants UNION ALL SELECT account_id FROM billing.credit_usage`)

async function refused(files: Files, options: Parameters<typeof faultsOf>[2] = {}): Promise<readonly string[]> {
  const faults = await faultsOf(database.url, files, options)
  expect(await rowsLeft()).toEqual([])
  return faults
}

const ACCOUNT = 'id,name\nacc_1,Acme\n'
const GRANT = {
  id: 'cg_1',
  account_id: 'acc_1',
  kind: 'purchased',
  unit: 'USD',
  amount: '20.00',
  remaining: '18.00',
  granted_at: '2026-01-01T00:00:00Z',
}
const CONTACT = { id: 'con_1', account_id: 'acc_1', email: 'ana@example.com' }
const csv = (...rows: readonly Readonly<Record<string, string>>[]) => {
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row).map(quoted))]
  return `${lines.join('\n')}\n`
}

type Case = readonly [column: string, value: string, words: string]

/** A row for each case, with the one bad value in it. */
const rowsOf = (
  row: Readonly<Record<string, string>>,
  whole: Readonly<Record<string, string>>,
  cases: readonly Case[],
) => csv(...cases.map(([column, value], index) => ({ ...whole, ...row, id: `row_${index}`, [column]: value })))

const faultsIn = (file: string, cases: readonly Case[]) =>
  cases.map(([column, , words], index) => `${file}:${index + 2}: ${column}: ${words}`)

describe('a value that is none is named with its line and column', () => {
  const AMOUNTS: readonly Case[] = [
    ['amount', '1,234.50', '"1,234.50" has a comma; write the digits alone: 1234.50'],
    ['amount', '1,50', '"1,50" has a comma; write the decimals after a point: 1.50'],
    ['amount', '1e3', '"1e3" has an exponent; write all its digits: 1000'],
    ['amount', 'NaN', '"NaN" is no number; write digits, with a point before decimals: 18.00'],
    ['amount', '-1.00', '"-1.00" is negative; write what there is, from 0 on'],
    ['remaining', '$5', '"$5" is no number; write digits, with a point before decimals: 18.00'],
    ['remaining', '', 'is empty; write a value'],
    ['remaining', '1'.repeat(101), 'has more than 100 digits'],
    ['priority', '1.5', '"1.5" is no whole number between -2147483647 and 2147483647; write one such as 0'],
    ['kind', '', 'is empty; write a value'],
    ['unit', 'x'.repeat(101), 'has 101 characters; 100 are allowed'],
    ['id', 'cg 1 ', '"cg 1 " has a blank at its beginning or end; write it without'],
    ['id', 'x'.repeat(501), 'has 501 characters; 500 are allowed'],
    ['name', 'x'.repeat(1001), 'has 1001 characters; 1000 are allowed'],
  ]
  const NO_TIME = 'is no ISO 8601 time with a zone; write one such as 2026-04-03T00:00:00Z'
  const TWO_WAYS = 'may be read in two ways; write year, month and day'
  const TIMES: readonly Case[] = [
    ...(['2026-01-01T00:00:00', '2026-01-01 00:00'] as const).map(
      (time): Case => [
        'granted_at',
        time,
        `"${time}" has no zone; end it with Z for UTC, or with an offset such as +02:00`,
      ],
    ),
    ['granted_at', '2026-01-01', '"2026-01-01" has no time of day and no zone; write 2026-01-01T00:00:00Z'],
    ['granted_at', '03/04/2026', `"03/04/2026" ${TWO_WAYS}: 2026-04-03T00:00:00Z`],
    ...(['2026-06-31T00:00:00Z', '2026-06-30T24:00:00Z', '2026-06-30T00:00:00+19:00'] as const).map(
      (time): Case => ['granted_at', time, `"${time}" names a time that does not exist`],
    ),
    ['granted_at', '1780000000', `"1780000000" ${NO_TIME}`],
    ['granted_at', '0026-01-01T00:00:00Z', '"0026-01-01T00:00:00Z" is not within the years 1900 to 9999'],
    ['granted_at', 'infinity', `"infinity" ${NO_TIME}`],
    ['expires_at', 'tomorrow', `"tomorrow" ${NO_TIME}`],
    ['voided_at', 'infinity', `"infinity" ${NO_TIME}`],
  ]
  const OPTIONAL = { name: '', priority: '', expires_at: '2027-01-01T00:00:00Z', voided_at: '' }
  test.each([
    ['amounts and words', AMOUNTS],
    ['times', TIMES],
  ])('of a grant: %s', async (_what, cases) => {
    const files = { 'accounts.csv': ACCOUNT, 'grants.csv': rowsOf(OPTIONAL, GRANT, cases) }
    expect(await refused(files)).toEqual(faultsIn('grants.csv', cases))
  })

  test('of a contact, without the address', async () => {
    const cases: readonly Case[] = [
      ['time_zone', 'Mars/Olympus', '"Mars/Olympus" is no IANA time zone; write a name such as Europe/Berlin or UTC'],
      ['locale', 'english!', '"english!" is no locale; write a BCP 47 tag such as en or pt-BR'],
      ['receives_billing_email', 'maybe', '"maybe" is neither true nor false; write one of them'],
      ['receives_billing_email', '', 'is empty; write a value'],
      ['email', 'ana.example.com', 'is no mail address; write one such as ana@example.com'],
      // Nor one that stands in the wrong column.
      ['locale', 'ana@example.com', '"***@example.com" is no locale; write a BCP 47 tag such as en or pt-BR'],
    ]
    const optional = { time_zone: '', locale: '', receives_billing_email: 'true' }
    const files = { 'accounts.csv': ACCOUNT, 'contacts.csv': rowsOf(optional, CONTACT, cases) }
    expect(await refused(files)).toEqual(faultsIn('contacts.csv', cases))
  })

  test('of usage', async () => {
    const cases: readonly Case[] = [
      ['day', '2026-02-30', '"2026-02-30" is a day that does not exist'],
      ['day', '03.04.2026', `"03.04.2026" ${TWO_WAYS}: 2026-04-03`],
      ['day', '2026-02-03T00:00:00Z', '"2026-02-03T00:00:00Z" is no day; write year, month and day: 2026-04-03'],
    ]
    const lines = cases.map(([, day]) => `acc_1,USD,${day},1`)
    const files = { 'accounts.csv': ACCOUNT, 'usage.csv': ['account_id,unit,day,amount', ...lines].join('\n') }
    expect(await refused(files)).toEqual(faultsIn('usage.csv', cases))
  })

  test('and of columns that are missing, all at once', async () => {
    expect(await refused({ 'accounts.csv': ACCOUNT, 'usage.csv': 'account_id\nacc_1\n' })).toEqual([
      'usage.csv:1: the columns unit, day, amount are missing; add them to the header and to each row',
    ])
  })

  test('in every row of every file in one pass; and the first twenty are shown in their order', async () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({ ...GRANT, id: `cg_${index}`, amount: '1e3' }))
    const contacts = csv({ ...CONTACT, email: 'nobody', account_id: 'acc_2' })
    const faults = await refused({ 'grants.csv': csv(...rows), 'contacts.csv': contacts, 'accounts.csv': ACCOUNT })
    expect(faults.slice(0, 3)).toEqual([
      'contacts.csv:2: email: is no mail address; write one such as ana@example.com',
      'contacts.csv:2: account_id: there is no account "acc_2", in the files or the database; import the accounts as well',
      'grants.csv:2: amount: "1e3" has an exponent; write all its digits: 1000',
    ])
    expect(faults.slice(19)).toEqual([expect.stringMatching(/^grants\.csv:19: /), 'and 12 more'])
  })
})

describe('a file that is not as it should be', () => {
  const NEEDED = 'id, name'
  test.each<[string, string | Uint8Array, readonly string[]]>([
    ['empty', '', [`accounts.csv: the file is empty; its columns are ${NEEDED}, …`]],
    ['nothing but line ends', '\n\r\n\n', [`accounts.csv: the file is empty; its columns are ${NEEDED}, …`]],
    [
      'without a header',
      'acc_1,Acme\n',
      [
        'accounts.csv:1: there is no column "acc_1" in billing.accounts; leave it out, or name it as one of id, name, time_zone, locale, closed_at',
        'accounts.csv:1: there is no column "acme" in billing.accounts (did you mean name?)',
        'accounts.csv:1: the first line names none of the columns that are needed; begin with a header: id,name',
      ],
    ],
    [
      'with a column misspelt',
      'id,name,timezone\nacc_1,Acme,UTC\n',
      ['accounts.csv:1: there is no column "timezone" in billing.accounts (did you mean time_zone?)'],
    ],
    [
      'with a column too few, and one twice',
      'id,locale,locale\nacc_1,en,en\n',
      [
        'accounts.csv:1: names the column locale twice; leave one of them out',
        'accounts.csv:1: the column name is missing; add it to the header and to each row',
      ],
    ],
    [
      'with a row too long',
      'id,name\nacc_1,Acme\nacc_2,Bolt, Inc\n',
      ['accounts.csv:3: has 3 fields where the header has 2'],
    ],
    [
      'with a quote left open',
      'id,name\nacc_1,"two\nlines"\nacc_2,"Bolt\nacc_3,Cog\n',
      ['accounts.csv:4: a quote that is opened here is never closed; close it'],
    ],
    [
      'with a quote left open in much text',
      `id,name\nacc_1,"Acme\n${'acc_2,Bolt\n'.repeat(20_000)}`,
      ['accounts.csv:2: the record that begins here is longer than 100000 bytes; is a quote not closed?'],
    ],
    [
      'with a quote in the middle',
      'id,name\nacc_1, "Acme"\n',
      [
        'accounts.csv:2: the quotes do not match; put the whole field in quotes, without blanks around them, and write a quote in it twice',
      ],
    ],
    [
      'not in UTF-8',
      Buffer.from('id,name\nacc_1,Acme\nacc_2,Caf\xe9\n', 'latin1'),
      ['accounts.csv:3: the byte at offset 28 (0xE9) is not UTF-8; save the file as UTF-8 (in Excel: "CSV UTF-8")'],
    ],
    [
      'cut off within a character',
      Buffer.from('id,name\nacc_1,Café', 'utf8').subarray(0, -1),
      ['accounts.csv:2: the byte at offset 17 (0xC3) is not UTF-8; save the file as UTF-8 (in Excel: "CSV UTF-8")'],
    ],
    [
      'in UTF-16',
      Buffer.from('\ufeffid,name\n', 'utf16le'),
      ['accounts.csv:1: the file is UTF-16; save it as UTF-8 (in Excel: "CSV UTF-8")'],
    ],
    [
      'a workbook',
      Buffer.from('PK\u0003\u0004…'),
      ['accounts.csv:1: the file is a workbook or an archive; save it as CSV UTF-8'],
    ],
    [
      'packed',
      gzipSync(ACCOUNT),
      ['accounts.csv:1: the file is compressed; let its name end in .gz, or unpack it first'],
    ],
    [
      'with a NUL',
      'id,name\nacc_1,A\0me\n',
      ['accounts.csv:2: the byte at offset 15 is NUL, which no text has; leave it out, or save the file as UTF-8'],
    ],
    ['JSON', '\n {"id":"acc_1","name":"Acme"}\n', ['accounts.csv: the file is JSON; let its name end in .jsonl']],
    [
      'with an id twice',
      'id,name\nacc_1,Acme\nacc_2,Bolt\nacc_1,Acme\n',
      ['accounts.csv:4: id: "acc_1" is on line 2 already; leave one out'],
    ],
  ])('is refused: %s', async (_what, content, faults) => {
    expect(await refused({ 'accounts.csv': content })).toEqual(faults)
  })

  test.each<[string, string, readonly string[]]>([
    [
      'an array',
      `[\n{"id":"acc_1","name":"Acme"}\n]`,
      ['accounts.jsonl:1: the file is a JSON array; write one object a line, as `jq -c ".[]"` does'],
    ],
    [
      'other things than objects',
      '{"id":"acc_1","name":"Acme"}\n5\n[1]\n"x"\nnull\n{"id":\n{"id":"acc_2","name":"A\\":","id":"acc_3"}\n',
      [
        'accounts.jsonl:2: is no object; write one a line: {"id":"…", …}',
        'accounts.jsonl:3: is an array; write one object a line',
        'accounts.jsonl:4: is no object; write one a line: {"id":"…", …}',
        'accounts.jsonl:5: is no object; write one a line: {"id":"…", …}',
        'accounts.jsonl:6: is not JSON; write one object a line: {"id":"…", …}',
        'accounts.jsonl:7: names id twice; leave one of them out',
      ],
    ],
    [
      'values of other kinds',
      '{"id":["acc_1"],"name":{},"time_zone":""}\n{"id":"a\\u0000","name":"\\ud800"}\n{"name":"Acme"}\n',
      [
        'accounts.jsonl:1: id: is an object or an array; write a text, a number, true, false or null',
        'accounts.jsonl:1: name: is an object or an array; write a text, a number, true, false or null',
        'accounts.jsonl:1: id: is empty; write a value',
        'accounts.jsonl:1: name: is empty; write a value',
        'accounts.jsonl:2: id: has a character that Postgres cannot store (\\u0000, or half of a pair); leave it out',
        'accounts.jsonl:2: name: has a character that Postgres cannot store (\\u0000, or half of a pair); leave it out',
        'accounts.jsonl:3: id: is empty; write a value',
      ],
    ],
    [
      'an unknown member on each line',
      '{"id":"acc_1","name":"A","zone":"UTC"}\n{"id":"acc_2","name":"B","zone":"UTC"}\n',
      [
        'accounts.jsonl:1: there is no column "zone" in billing.accounts; leave it out, or name it as one of id, name, time_zone, locale, closed_at',
      ],
    ],
    [
      'a line that is too long',
      `{"id":"acc_1","name":"Acme"}\n\n{"id":"${'x'.repeat(100_001)}"}\n{"id":"acc_2"}\n`,
      ['accounts.jsonl:3: the line is longer than 100000 characters; write one object a line'],
    ],
    [
      'a line without end',
      `{"id":"acc_1","name":"Acme"}\n{"id":"${'x'.repeat(100_001)}`,
      ['accounts.jsonl:2: the line is longer than 100000 characters; write one object a line'],
    ],
    ['nothing', '\n', ['accounts.jsonl: the file is empty; its columns are id, name, …']],
    ['CSV', ACCOUNT, ['accounts.jsonl: the file is not JSON; write one object a line, or let its name end in .csv']],
  ])('is refused, of JSON Lines: %s', async (_what, content, faults) => {
    expect(await refused({ 'accounts.jsonl': content })).toEqual(faults)
  })

  test('is refused for a contact that is to be written to or not on some lines only', async () => {
    const contacts = [CONTACT, { ...CONTACT, id: 'con_2', receives_billing_email: true }]
    const files = { 'accounts.csv': ACCOUNT, 'contacts.jsonl': contacts.map((row) => JSON.stringify(row)).join('\n') }
    expect(await refused(files)).toEqual([
      'contacts.jsonl:1: receives_billing_email: is missing here, and stands on later lines; write a value',
    ])
  })

  test('is refused with what was found in it before it could not be read on, and with other files’ faults', async () => {
    const files = {
      'accounts.csv': Buffer.from('id,name,time_zone\nacc_1,Acme,Nowhere\nacc_2,Caf\xe9,\n', 'latin1'),
      // Whether there is this account, nobody knows.
      'contacts.csv': csv({ ...CONTACT, account_id: 'acc_2', locale: '!' }),
    }
    expect(await refused(files)).toEqual([
      'accounts.csv:2: time_zone: "Nowhere" is no IANA time zone; write a name such as Europe/Berlin or UTC',
      expect.stringMatching(/^accounts\.csv:3: the byte at offset 46 \(0xE9\) is not UTF-8; /),
      'contacts.csv:2: locale: "!" is no locale; write a BCP 47 tag such as en or pt-BR',
    ])
  })

  test('is refused where an id or a day of usage stands in two files', async () => {
    const usage = 'account_id,unit,day,amount\nacc_1,USD,2026-01-01,1\n'
    const files = { 'accounts.csv': ACCOUNT, 'usage-1.csv': usage, 'usage-2.csv': usage }
    expect(await refused(files)).toEqual([
      'usage-2.csv:2: account_id, unit, day: "acc_1, USD, 2026-01-01" is on usage-1.csv:2 already; leave one out',
    ])
  })

  test('is refused where it was packed and cut off', async () => {
    const faults = await refused({ 'accounts.csv.gz': gzipSync(ACCOUNT).subarray(0, -9) })
    expect(faults).toEqual(['accounts.csv.gz: the file cannot be read on (Z_BUF_ERROR); pack it again'])
  })

  test('is refused where its name does not tell what is in it', async () => {
    const unclear = (name: string) =>
      `${name}: the name does not tell what is in it; say so: --as accounts|contacts|grants|usage`
    expect(await refused({ 'export.csv': ACCOUNT, 'accounts-contacts.csv': ACCOUNT, '-': ACCOUNT })).toEqual(
      ['export.csv', 'accounts-contacts.csv', 'stdin'].map(unclear),
    )
  })

  test('is refused where it is not there, is a folder, or is stdin twice, before anything is read', async () => {
    const paths = ['/nowhere/grants.csv', packageFolder, '-', '-']
    await expect(importFiles(paths, 'grants')).rejects.toMatchObject({
      lines: [
        '/nowhere/grants.csv cannot be read (ENOENT); name a file that is there',
        `${packageFolder} is a folder; name the files in it`,
        'stdin (-) can be read once only; name it once',
      ],
    })
  })
})
