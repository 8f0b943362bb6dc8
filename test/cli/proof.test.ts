import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { prove } from '../../src/cli/proof.ts'
import type { proofJson } from '../../src/cli/proof-json.ts'
import { parseRules } from '../../src/config/rules-file.ts'
import { UsageError } from '../../src/errors.ts'
import { axeFaults } from '../support/axe.ts'
import { insertContact } from '../support/billing.ts'
import { openBrowser } from '../support/browser.ts'
import { runCli } from '../support/cli.ts'
import { AS_OF } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'
import { signingKey, verifySignature } from '../support/signing.ts'

type ProofDocument = ReturnType<typeof proofJson>

const scratch = await mkdtemp(join(tmpdir(), 'proof-'))
afterAll(() => rm(scratch, { recursive: true }))

let folders = 0

type Asked = Readonly<{ grant: string; contact?: string; asOf?: Date; output?: string }>

/** The command without its printing, into a folder of its own. */
async function proofOf({ env }: Program, asked: Asked) {
  folders += 1
  const folder = asked.output ?? join(scratch, String(folders))
  const outcome = await prove({ output: folder, ...asked }, env).catch((error) => {
    if (error instanceof UsageError) return { code: 2, results: [], notes: error.lines }
    throw error
  })
  const names = await readdir(folder).catch(() => [])
  const read = (name: string) => readFile(join(folder, name))
  return {
    ...outcome,
    folder,
    names,
    read,
    json: async () => JSON.parse(`${await read('proof.json')}`) as ProofDocument,
  }
}

const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')
const sum = promisify(execFile)

describe('A grant that two people were told of, of which one was in doubt, and one mail bounced', async () => {
  const { env, records } = signingKey()
  const program = await openProgram({ rules: { policies: { purchased: { warnBefore: ['P7D', 'P1D'] } } } })
  afterAll(() => program[Symbol.asyncDispose]())
  const { sql } = program.database
  const hostile = '../../"><script>alert(1)</script>'
  await insertCustomer(sql, 'ana', {
    account: { name: hostile },
    contact: { timeZone: 'Asia/Kolkata', name: hostile },
    grant: { id: hostile, kind: 'purchased' },
  })
  await insertContact(sql, { id: 'con_bob', accountId: 'acc_ana', email: 'bob@example.com' })
  program.sink.answer({ stage: 'final', reply: 'lost', to: 'bob@example.com', times: 1 })
  await program.runAt(AS_OF, { env })
  await program.runAt('2026-05-31T12:00:00Z', { env })
  await program.runAt('2026-06-01T12:00:00Z', { env })
  await sql(`INSERT INTO reminders.reports (key, mail_id, kind, status, diagnostic, source, received_at)
             SELECT 'one', id, 'failed', '5.1.1', '550 <b>no</b> such user', 'mailbox', '2026-06-01T13:00:00Z'
               FROM reminders.mails WHERE category = 'expired' AND contact_id = 'con_bob'`)
  const proof = await proofOf(program, { grant: hostile })
  const facts = await proof.json()

  test('is proven by a folder that is its owner’s alone, and holds nothing under a name from outside', async () => {
    expect([proof.code, proof.notes]).toEqual([0, []])
    expect(proof.results[0]).toMatch(/: told by 6 mails$/)
    expect(proof.names.filter((name) => !/^mail-\d-(warning|expired)-attempt-[12]\.eml$/.test(name))).toEqual([
      'SHA256SUMS',
      'proof.json',
      expect.stringMatching(/^rules-[0-9a-f]{12}\.json$/),
      'summary.html',
    ])
    const modes = await Promise.all([proof.folder, join(proof.folder, 'proof.json')].map((path) => stat(path)))
    expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600'])
  })

  test('goes to a folder named after the grant where none is named, and nowhere else whatever the id holds', async () => {
    const before = process.cwd()
    const here = await mkdtemp(join(scratch, 'here-'))
    process.chdir(here)
    try {
      const { results } = await prove({ grant: hostile }, program.env)
      const [name = ''] = await readdir(here)
      expect(name).toMatch(/^proof-[_a-z0-9]+$/)
      expect(results[1]).toBe(`written to ${name}: begin with summary.html`)
      expect(await readdir(join(here, name))).toEqual(proof.names)
    } finally {
      process.chdir(before)
    }
  })

  test('has each mail byte for byte as the server got it, also both tries of the one in doubt, and their signatures hold', async () => {
    const files = facts.mails.flatMap(({ copies }) => copies.map(({ file }) => file ?? ''))
    const contents = await Promise.all(files.map(proof.read))
    expect(contents.map(sha256).toSorted()).toEqual(program.sink.mails.map(({ raw }) => sha256(raw)).toSorted())
    expect(contents).toHaveLength(7)
    for (const content of contents) expect((await verifySignature(content, records)).result).toBe('pass')
    const [twice] = facts.mails.filter(({ copies }) => copies.length === 2)
    expect(twice).toMatchObject({ contact: 'con_bob', attempts: [{ outcome: 'uncertain' }, { outcome: 'sent' }] })
  })

  test('says when, in UTC and by the reader’s clock, what the server said, what it told, and what came back', () => {
    expect(facts.mails[0]).toMatchObject({
      state: 'sent',
      category: 'warning',
      sentAt: '2026-05-25T12:00:00.000Z',
      messageId: expect.stringMatching(/^<[0-9a-f-]{36}@acme\.example>$/),
      // With the digits that the mail had.
      notices: [
        { grant: hostile, stage: 'P7D', state: 'sent', amount: '18.00', expiresAt: '2026-06-01T12:00:00.000Z' },
      ],
    })
    const ana = facts.mails.find(({ contact }) => contact === 'con_ana')
    expect(ana).toMatchObject({ to: 'ana@example.com', sentAtLocal: '2026-05-25T17:30:00+05:30' })
    expect(ana?.attempts).toMatchObject([
      { number: 1, outcome: 'sent', replyCode: 250, reply: expect.stringMatching(/^250 /) },
    ])
    const bounced = facts.mails.filter(({ reports }) => reports.length > 0)
    expect(bounced).toMatchObject([{ contact: 'con_bob', category: 'expired', reports: [{ status: '5.1.1' }] }])
  })

  test('has the policy then in force as a file of rules that has the hash by which the ledger knows it', async () => {
    const [rules] = facts.rules
    const text = (await proof.read(rules?.file ?? '')).toString()
    const [kept] = await sql<{ hash: string }>('SELECT rules_hash AS hash FROM reminders.sweeps LIMIT 1')
    expect([sha256(text), rules?.asKept, rules?.hash]).toEqual([kept?.hash, true, kept?.hash])
    expect(parseRules(text).policies.purchased?.rungs.map(({ stage }) => stage)).toEqual(['P7D', 'P1D'])
  })

  test('can be checked with sha256sum, which notices a changed file', async () => {
    const check = () => sum('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: proof.folder })
    const { stdout } = await check()
    expect(stdout.match(/: OK$/gm)).toHaveLength(proof.names.length - 1)
    const [name = ''] = proof.names.filter((each) => each.endsWith('.eml'))
    const content = await proof.read(name)
    await writeFile(join(proof.folder, name), `${content}.`)
    await expect(check()).rejects.toThrow()
    await writeFile(join(proof.folder, name), content)
  })

  test('has a summary that reads well on a phone and a desk, asks nothing of the network, and runs nothing', async () => {
    const browser = await openBrowser()
    try {
      const looks = [
        { colorScheme: 'light', viewport: { width: 375, height: 800 } },
        { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
      ] as const
      for (const look of looks) {
        const page = await browser.newPage(look)
        const asked: string[] = []
        page.on('request', (request) => asked.push(request.url()))
        page.on('dialog', (dialog) => asked.push(dialog.message()))
        await page.goto(pathToFileURL(join(proof.folder, 'summary.html')).href)
        expect(await axeFaults(page)).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(look.viewport.width)
        expect(asked).toHaveLength(1)
        expect(await page.getByRole('heading', { level: 2, name: /^Mail \d/ }).count()).toBe(6)
        const verdict =
          '6 mails told 2 contacts of this grant; the mail server took all of them. Of 1, a bounce came back'
        expect(await page.getByText(verdict).isVisible()).toBe(true)
        expect(
          await page.getByRole('row', { name: 'Expires, by billing now 2026-06-01T12:00:00.000Z' }).isVisible(),
        ).toBe(true)
        expect(await page.getByText('on the reader’s clock 2026-05-25T17:30:00+05:30 (Asia/Kolkata)').isVisible()).toBe(
          true,
        )
        const words = page.getByText('Its text').first()
        await words.click()
        expect(await page.locator('pre').first().textContent()).toMatch(/\$18\.00.*\n(.*\n)*.*2026/)
        expect(await page.getByText(/^Subject: .*\$18\.00/).count()).toBe(7)
        const links = await page.getByRole('link').evaluateAll((all) => all.map((link) => link.getAttribute('href')))
        expect(proof.names).toEqual(expect.arrayContaining(links))
        expect(new Set(links).size).toBe(8)
      }
    } finally {
      await browser.close()
    }
  })

  test('of one contact, or as of an earlier time, has only what was told to them, or by then', async () => {
    const bob = await (await proofOf(program, { grant: hostile, contact: 'con_bob' })).json()
    expect(bob.mails.map(({ contact }) => contact)).toEqual(['con_bob', 'con_bob', 'con_bob'])
    const then = await (await proofOf(program, { grant: hostile, asOf: new Date('2026-05-31T00:00:00Z') })).json()
    expect(then.mails.map(({ category }) => category)).toEqual(['warning', 'warning'])
    const atTheEnd = await proofOf(program, { grant: hostile, asOf: new Date('2026-06-01T12:30:00Z') })
    const { mails } = await atTheEnd.json()
    expect(mails).toHaveLength(6)
    expect(mails.flatMap(({ reports }) => reports)).toEqual([])
    expect((await atTheEnd.read('summary.html')).toString()).not.toContain('a bounce came back')
  })

  test('between the two tries of a mail has it in doubt, with its line on its way and the copy of the first', async () => {
    const [first] = await sql<{ id: string }>(`SELECT id::text AS id FROM reminders.mails WHERE id = (
      SELECT mail_id FROM reminders.attempts WHERE outcome = 'uncertain')`)
    for (const change of [
      'mails SET sent_at = $2 WHERE id = $1::uuid',
      'notices SET settled_at = $2 WHERE mail_id = $1::uuid',
      'attempts SET at = $2 WHERE mail_id = $1::uuid AND number = 2',
      'mail_copies SET at = $2 WHERE mail_id = $1::uuid AND attempt = 2',
    ]) {
      await sql(`UPDATE reminders.${change}`, [first?.id, '2026-05-25T12:10:00Z'])
    }
    const asOf = new Date('2026-05-25T12:05:00Z')
    const between = await (await proofOf(program, { grant: hostile, contact: 'con_bob', asOf })).json()
    expect(between.mails).toMatchObject([
      {
        state: 'uncertain',
        notices: [{ state: 'planned', amount: '18.00' }],
        attempts: [{}],
        copies: [{ attempt: 1 }],
      },
    ])
    expect(between.mails[0]?.attempts).toHaveLength(1)
  })

  test('into a folder that is there and empty is written in its place, also where that is a link', async () => {
    const [real, link] = [join(scratch, 'mounted'), join(scratch, 'link')]
    await mkdir(real)
    await symlink(real, link)
    const linked = await proofOf(program, { grant: hostile, output: link })
    expect([linked.code, linked.names]).toEqual([0, proof.names])
    expect(await readdir(real)).toEqual(proof.names)
  })

  test('into a folder that holds anything is refused, and what is there stays as it is', async () => {
    const before = await proof.read('proof.json')
    const again = await proofOf(program, { grant: hostile, output: proof.folder })
    expect([again.code, again.notes]).toEqual([
      2,
      [`--output ${proof.folder} holds files already; name a folder that is new or empty`],
    ])
    expect((await proof.read('proof.json')).equals(before)).toBe(true)
  })

  test('whose copy was changed in the ledger is not proven by it, and says so', async () => {
    await sql(`UPDATE reminders.mail_copies SET source = (SELECT source FROM reminders.mail_copies WHERE attempt = 2)
                WHERE mail_id = (SELECT id FROM reminders.mails WHERE contact_id = 'con_ana' ORDER BY id LIMIT 1)`)
    const altered = await proofOf(program, { grant: hostile, contact: 'con_ana' })
    expect([altered.code, altered.notes]).toEqual([
      1,
      ['changed in the ledger since, and no proof: 1 copy, by the hash kept of each'],
    ])
    expect(altered.names.filter((name) => name.endsWith('.eml'))).toHaveLength(2)
    expect((await altered.read('summary.html')).toString()).toContain('it was changed since, and is no proof')
  })

  test('says of a try of which nothing was kept that there is nothing, beside the copy of the other', async () => {
    await sql(
      'DELETE FROM reminders.mail_copies WHERE attempt = 1 AND mail_id IN (SELECT mail_id FROM reminders.mail_copies WHERE attempt = 2)',
    )
    const partly = await proofOf(program, { grant: hostile, contact: 'con_bob' })
    const page = (await partly.read('summary.html')).toString()
    expect(page.match(/Try 1: no copy and no hash/g)).toHaveLength(1)
    expect(page).toMatch(/Try 2: <a href="mail-\d-warning-attempt-2\.eml">/)
  })

  test('of whose mails only hashes are left is proven by these', async () => {
    await sql('UPDATE reminders.mail_copies SET source = NULL')
    const bare = await proofOf(program, { grant: hostile })
    expect([bare.code, bare.notes]).toEqual([0, ['of 6 copies of mails only the hash is left (keepMails)']])
    expect(bare.names.filter((name) => name.endsWith('.eml'))).toEqual([])
    expect((await bare.read('summary.html')).toString()).toContain('Only the hash is left')
  })
})

describe('Where there is nothing to prove', async () => {
  const program = await openProgram({ rules: { policies: { purchased: { warnBefore: ['P7D'] } } } })
  afterAll(() => program[Symbol.asyncDispose]())
  await insertCustomer(program.database.sql, 'ana', { grant: { remaining: '0' } })
  await insertCustomer(program.database.sql, 'bob', { grant: { expiresAt: '2026-06-15T12:00:00Z' } })

  const asOf = new Date(AS_OF)

  test.each([
    [
      { grant: 'cg_ana', asOf },
      1,
      /^nobody was told of grant cg_ana: nothing is left to lose \(nothing-remaining\); there/,
    ],
    [{ grant: 'cg_bob', asOf }, 1, /^nobody was told of grant cg_bob so far: P7D, due .+; there is nothing to prove/],
    [
      { grant: 'cg_ana', contact: 'con_x', asOf },
      1,
      /^contact con_x was not told of grant cg_ana: the account has no such contact; /,
    ],
    [{ grant: 'cg_anna' }, 2, /^there is no credit grant cg_anna in .+, nor in the ledger \(did you mean cg_ana\?\)$/],
    [{ grant: 'zzzzzz' }, 2, /^there is no credit grant zzzzzz in .+, nor in the ledger; look its id up there$/],
    [
      { grant: 'acc_ana' },
      2,
      /^there is no credit grant acc_ana .+; it is an account: write explain --account acc_ana$/,
    ],
    [{ grant: ' ' }, 2, /^--grant is empty; give the id of a credit grant$/],
    [{ grant: 'cg_ana', contact: '' }, 2, /^--contact is empty; give the id of a contact, or leave it out$/],
    [{ grant: 'cg_ana', output: '' }, 2, /^--output is empty; name a folder that is new or empty$/],
  ])('%j is one line that says why, and writes nothing', async (asked, code, line) => {
    const { results, notes, names, ...outcome } = await proofOf(program, asked)
    expect([outcome.code, results, names]).toEqual([code, [], []])
    expect(notes).toEqual([expect.stringMatching(line)])
  })

  test('a mail that was refused is why, and as of before it still waited', async () => {
    const { sql } = program.database
    await insertCustomer(sql, 'kim', { grant: { expiresAt: '2026-05-26T12:00:00Z', kind: 'purchased' } })
    program.sink.answer({ stage: 'rcpt', to: 'kim@example.com', reply: '450 4.2.1 later', times: 1 })
    program.sink.answer({ stage: 'final', to: 'kim@example.com', reply: '554 5.6.0 not this one' })
    await program.runAt(AS_OF)
    await program.runAt('2026-05-25T13:30:00Z')
    const noteAt = async (instant: string) =>
      (await proofOf(program, { grant: 'cg_kim', asOf: new Date(instant) })).notes
    expect(await noteAt('2026-05-25T13:00:00Z')).toEqual([
      expect.stringMatching(
        /^nobody was told of grant cg_kim so far: P7D is planned, and its mail waits for another try/,
      ),
    ])
    await sql(`UPDATE billing.contacts SET receives_billing_email = false WHERE id = 'con_kim'`)
    expect(await noteAt('2026-05-25T14:00:00Z')).toEqual([
      expect.stringMatching(/: a mail was to tell of it, and came to nothing: failed, .+ \(mail-refused\); there is/),
    ])
  })

  test('a folder that cannot be written is one line, before anything else', async () => {
    const file = join(scratch, 'a-file')
    await writeFile(file, '')
    const outcomes = []
    for (const output of [file, join(file, 'below'), join(scratch, 'no', 'where')]) {
      const { code, notes } = await proofOf(program, { grant: 'cg_ana', output })
      outcomes.push([code, notes.join('\n').replaceAll(scratch, '')])
    }
    expect(outcomes).toEqual([
      [2, '--output /a-file is no folder; name one that is new or empty'],
      [2, '--output /a-file/below is no folder; name one that is new or empty'],
      [2, '--output /no/where: there is no folder /no; make it first'],
    ])
  })

  test('the command ends with what it has to say, on stderr', async () => {
    const { code, stdout, stderr } = await runCli(
      ['proof', '--grant', 'cg_anna', '--output', join(scratch, 'x')],
      program.env,
    )
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(/^there is no credit grant cg_anna .+\n$/)])
  })
})
