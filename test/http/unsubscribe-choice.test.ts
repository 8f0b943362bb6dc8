import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signUnsubscribeToken } from '../../src/mail/unsubscribe-token.ts'
import { addressHash } from '../../src/store/address-hash.ts'
import { liftEverything } from '../../src/store/suppression-list.ts'
import { suppress } from '../../src/store/suppressions.ts'
import { insertContact, type Sql } from '../support/billing.ts'
import { SECRETS } from '../support/company.ts'
import { insertCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/program.ts'
import { formPost, ONE_CLICK, type Pages, servePages } from '../support/unsubscribe-pages.ts'

const WARNED_AT = '2026-05-25T12:00:00Z'
const WARNED_AGAIN_AT = '2026-05-31T12:00:00Z'
const GONE_AT = '2026-06-01T13:00:00Z'
const ANA = 'ana@example.com'

let program: Program
let pages: Pages
beforeAll(async () => {
  program = await openProgram()
  await insertCustomer(sql, 'ana')
  // The same person at another account.
  await insertCustomer(sql, 'bob', { contact: { email: 'Ana@Example.com' } })
  await program.runAt(WARNED_AT)
  pages = await servePages(program)
})
beforeEach(async () => {
  await sql('TRUNCATE reminders.suppressions, reminders.unsubscriptions, billing.contacts')
  await insertContact(sql, { id: 'con_ana', accountId: 'acc_ana', email: ANA })
  await insertContact(sql, { id: 'con_bob', accountId: 'acc_bob', email: 'Ana@Example.com' })
})
afterAll(async () => {
  await pages[Symbol.asyncDispose]()
  await program[Symbol.asyncDispose]()
})

const sql: Sql = (...query) => program.database.sql(...query)
const post = async (link: string, fields: Readonly<Record<string, string>>) => {
  const response = await fetch(link, formPost(fields))
  expect(response.status).toBe(200)
  return /<h1>(.+)<\/h1>\s*<p>(.+)<\/p>/
    .exec(await response.text())
    ?.slice(1)
    .join(': ')
}
/** Which accounts would be told at a time, and why the others are not. */
const foreseen = async (instant: string) => {
  const { emails, skipped } = await program.dryRunAt(instant)
  return [...emails.map(({ account, category }) => `${account} ${category}`), ...skipped.map(asText)].toSorted()
}
const asText = ({ account, reason }: Readonly<{ account?: string | null; reason: string }>) => `${account} ${reason}`
const suppressAna = (reason: 'bounced' | 'complaint', scope: 'all' | 'warnings') =>
  suppress(program.database.db, [{ addressHash: addressHash(ANA), reason, scope, source: 'mail 1' }])

describe('what is asked', () => {
  test('by one click ends all mail to the address, of whichever account', async () => {
    expect((await fetch(pages.linkTo(ANA), ONE_CLICK)).status).toBe(200)
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob unsubscribed'])
    expect(await foreseen(GONE_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob unsubscribed'])
  })

  test('of one account leaves the others alone, and the page says so', async () => {
    expect(await post(pages.linkTo(ANA), { action: 'stop', scope: 'account' })).toBe(
      'The reminders are stopped: You will get no more reminders about this account.',
    )
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob warning'])
  })

  test('but for the final notice keeps that, and nothing else', async () => {
    expect(await post(pages.linkTo(ANA), { action: 'stop', scope: 'address', final: 'yes' })).toBe(
      'The reminders are stopped: You will get no more reminders at this mail address. We will still tell you when credits have expired.',
    )
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob unsubscribed'])
    expect(await foreseen(GONE_AT)).toEqual(['acc_ana expired', 'acc_bob expired'])
  })

  test('for less than holds already brings nothing back', async () => {
    const link = pages.linkTo(ANA)
    await fetch(link, ONE_CLICK)
    expect(await post(link, { action: 'stop', scope: 'account', final: 'yes' })).toBe(
      'The reminders are stopped: You will get no more reminders at this mail address.',
    )
    expect(await foreseen(GONE_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob unsubscribed'])
  })

  test('by one click leaves the final notice where the rules say so, and people may still stop that too', async () => {
    const rules = join(dirname(program.env.CREDIT_REMINDERS_CONFIG ?? ''), 'warnings-only.yaml')
    await writeFile(rules, 'unsubscribeStops: warnings')
    await using itsPages = await servePages(program, { CREDIT_REMINDERS_CONFIG: rules })
    const link = itsPages.linkTo(ANA)
    expect(await (await fetch(link)).text()).toContain('name="final" value="yes" checked')
    await fetch(link, ONE_CLICK)
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob unsubscribed'])
    expect(await foreseen(GONE_AT)).toEqual(['acc_ana expired', 'acc_bob expired'])
    await post(link, { action: 'stop', scope: 'address' })
    expect(await foreseen(GONE_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob unsubscribed'])
  })
})

test('Explain tells who asked for what, since when and by what way', async () => {
  await post(pages.linkTo(ANA), { action: 'stop', scope: 'address', final: 'yes' })
  const { text, json } = await program.explain('cg_ana', new Date().toISOString())
  expect(text).toMatch(/^No warnings to .+: on the suppression list since .+, unsubscribed, by page\.$/m)
  expect(text).toMatch(/^No warnings to .+ about this account: asked for at .+, by page\.$/m)
  expect(json.optOuts).toMatchObject([{ contact: 'con_ana', scope: 'warnings', source: 'page' }])
  expect(json.suppressions).toMatchObject([{ contact: 'con_ana', reason: 'unsubscribed', scope: 'warnings' }])
})

describe('undo', () => {
  test('brings back what was asked, as often as one likes', async () => {
    const link = pages.linkTo(ANA)
    await fetch(link, ONE_CLICK)
    for (const _time of [1, 2]) {
      expect(await post(link, { action: 'undo' })).toMatch(/^The reminders go on: /)
      expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana warning', 'acc_bob warning'])
    }
    await fetch(link, ONE_CLICK)
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob unsubscribed'])
  })

  test('does not bring back what was asked at another account alone', async () => {
    await post(pages.linkTo(ANA), { action: 'stop', scope: 'account' })
    const atBob = pages.linkTo('Ana@example.com')
    await fetch(atBob, ONE_CLICK)
    await post(atBob, { action: 'undo' })
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob warning'])
  })

  test('brings back at every account what was asked for all of them, by whichever mail it was', async () => {
    await fetch(pages.linkTo(ANA), ONE_CLICK)
    const atBob = pages.linkTo('Ana@example.com')
    await fetch(atBob, ONE_CLICK)
    expect(await post(atBob, { action: 'undo' })).toMatch(/^The reminders go on: /)
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana warning', 'acc_bob warning'])
    // But for one that was then asked to stop by itself.
    await fetch(pages.linkTo(ANA), ONE_CLICK)
    await post(pages.linkTo(ANA), { action: 'stop', scope: 'account', final: 'yes' })
    await post(atBob, { action: 'undo' })
    expect(await foreseen(GONE_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob expired'])
  })

  test.each([
    ['a bounce', 'bounced', 'all', GONE_AT, ['acc_ana suppressed', 'acc_bob suppressed']],
    ['a complaint', 'complaint', 'warnings', WARNED_AGAIN_AT, ['acc_ana suppressed', 'acc_bob suppressed']],
  ] as const)('leaves %s as it was, whichever came first', async (_what, reason, scope, instant, kept) => {
    const link = pages.linkTo(ANA)
    await suppressAna(reason, scope)
    await fetch(link, ONE_CLICK)
    await post(link, { action: 'undo' })
    expect(await foreseen(instant)).toEqual(kept)
    await fetch(link, ONE_CLICK)
    await suppressAna(reason, scope)
    await post(link, { action: 'undo' })
    expect(await foreseen(instant)).toEqual(kept)
  })
})

test('A person who takes an address off the list lets everything go to it again', async () => {
  await fetch(pages.linkTo(ANA), ONE_CLICK)
  await suppressAna('bounced', 'all')
  expect(await liftEverything(program.database.db, [addressHash(ANA)])).toEqual(new Set([addressHash(ANA)]))
  expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana warning', 'acc_bob warning'])
  expect((await liftEverything(program.database.db, [addressHash(ANA)])).size).toBe(0)
})

test('So it is with what a contact asked who has the address by now, whatever it had then', async () => {
  await post(pages.linkTo(ANA), { action: 'stop', scope: 'account' })
  await sql(`UPDATE billing.contacts SET email = 'ana@new.example' WHERE id = 'con_ana'`)
  // As it was kept before addresses were.
  await sql(`INSERT INTO reminders.unsubscriptions (contact_id, account_id) VALUES ('con_bob', 'acc_bob')`)
  const hashes = [addressHash('ana@new.example'), addressHash(ANA)]
  expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob unsubscribed'])
  expect(await liftEverything(program.database.db, hashes)).toEqual(new Set(hashes))
  expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana warning', 'acc_bob warning'])
})

describe('whom it holds for', () => {
  test('a contact that is made anew with the same address stays opted out of that account', async () => {
    await post(pages.linkTo(ANA), { action: 'stop', scope: 'account' })
    await sql(`DELETE FROM billing.contacts WHERE account_id = 'acc_ana'`)
    await insertContact(sql, { id: 'con_new', accountId: 'acc_ana', email: 'ANA@example.com' })
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob warning'])
  })

  test('a contact whose address changes afterwards stays opted out', async () => {
    await fetch(pages.linkTo(ANA), ONE_CLICK)
    await sql(`UPDATE billing.contacts SET email = 'ana@new.example' WHERE id = 'con_ana'`)
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob unsubscribed'])
  })

  test('a contact whose address had changed before is not stopped by the link to the old address', async () => {
    await sql(`UPDATE billing.contacts SET email = 'cy@example.com' WHERE id = 'con_ana'`)
    await fetch(pages.linkTo(ANA), ONE_CLICK)
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana warning', 'acc_bob unsubscribed'])
  })

  test('a link of the first version stops the account that it names, and offers no more', async () => {
    const payload = Buffer.from(JSON.stringify(['con_ana', 'acc_ana'])).toString('base64url')
    const mac = createHmac('sha256', SECRETS.link).update(`unsubscribe:1:${payload}`).digest().subarray(0, 16)
    const link = `${pages.url}/unsubscribe/1.${payload}.${mac.toString('base64url')}`
    expect(await (await fetch(link)).text()).not.toContain('value="address"')
    expect(await (await fetch(link, ONE_CLICK)).text()).toContain('no more reminders about this account')
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana unsubscribed', 'acc_bob warning'])
    await post(link, { action: 'undo' })
    expect(await foreseen(WARNED_AGAIN_AT)).toEqual(['acc_ana warning', 'acc_bob warning'])
  })

  test('whoever is unknown, elsewhere or of a closed account is answered in the same words', async () => {
    await insertCustomer(sql, 'closed', { account: { closedAt: WARNED_AT } })
    const targets = [
      ...[
        ['con_ana', 'acc_ana'],
        ['con_closed', 'acc_closed'],
        ['con_ana', 'acc_bob'],
      ],
      ...[
        ['nobody', 'nowhere'],
        ['', ''],
      ],
    ].map(([contactId = '', accountId = ''], index) => {
      const hash = addressHash(`${index}@example.com`)
      return signUnsubscribeToken({ contactId, accountId, addressHash: hash, locale: null }, SECRETS.link)
    })
    const answers = new Set<string>()
    for (const token of targets) {
      const link = `${pages.url}/unsubscribe/${token}`
      const said = [await fetch(link), await fetch(link, ONE_CLICK), await fetch(link, formPost({ action: 'undo' }))]
      answers.add((await Promise.all(said.map(async (each) => `${each.status} ${await each.text()}`))).join('\n'))
    }
    expect(answers.size).toBe(1)
  })
})

test('A link made with an earlier secret still works, and new mails are signed with the new one', async () => {
  const link = pages.linkTo(ANA)
  const env = {
    LINK_SECRET: 'a-newer-secret-of-the-tests',
    LINK_SECRET_PREVIOUS: `an-unused-secret-of-tests, ${SECRETS.link}`,
  }
  await using renewed = await servePages(program, env)
  const path = new URL(link).pathname
  expect((await fetch(`${renewed.url}${path}`, ONE_CLICK)).status).toBe(200)
  await using forgetful = await servePages(program, { LINK_SECRET: env.LINK_SECRET })
  expect((await fetch(`${forgetful.url}${path}`, ONE_CLICK)).status).toBe(404)
})

test('The page is in the language of the mail; without one, in one that the browser asks for', async () => {
  const token = (locale: string | null) =>
    signUnsubscribeToken({ contactId: 'con_ana', accountId: 'acc_ana', addressHash: null, locale }, SECRETS.link)
  const beginningOf = async (path: string, languages: string) => {
    const page = await fetch(`${pages.url}/unsubscribe/${path}`, { headers: { 'Accept-Language': languages } })
    return /<html .+>/.exec(await page.text())?.[0]
  }
  expect(await beginningOf(token('ar-EG'), 'en')).toBe('<html lang="ar" dir="rtl">')
  expect(await beginningOf(token(null), 'xx, en;q=0.1, ja-JP;q=0.9')).toBe('<html lang="ja" dir="ltr">')
  expect(await beginningOf('no-link-of-ours', 'ar;q=0, he')).toBe('<html lang="he" dir="rtl">')
  expect(await beginningOf(token(null), '*')).toBe('<html lang="en" dir="ltr">')
  expect(await beginningOf(token(null), '"<script>, ;q=, en-'.repeat(50))).toBe('<html lang="en" dir="ltr">')
})
