import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkBounces } from '../../src/jobs/doctor/bounces.ts'
import { bounceMail, complaintMail, VACATION_MAIL } from '../support/bounce-mail.ts'
import { type CliResult, runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany, insertWarnedCrowd, SECRETS } from '../support/company.ts'
import { eventually } from '../support/eventually.ts'
import { IMAP_PASSWORD, type ImapServer, startImapServer } from '../support/imap-server.ts'
import { expectDiscreet, startService } from '../support/service.ts'

const NEVER = { schedule: '0 0 29 2 *' }
const LATER = '2026-05-29T12:00:00Z'

let company: Company
let mailbox: ImapServer
let env: Readonly<Record<string, string>>
beforeEach(async () => {
  company = await foundCompany({ rules: NEVER })
  mailbox = await startImapServer()
  env = { ...company.env, MAIL_RETURN_PATH: 'bounces@acme.example', BOUNCE_IMAP_URL: mailbox.url }
  await insertWarnedCrowd(company, 2)
})
afterEach(async () => {
  await mailbox[Symbol.asyncDispose]()
  await company[Symbol.asyncDispose]()
})

const cli = async (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<CliResult> => {
  const result = await runCli(args, { ...env, ...more })
  expectDiscreet(result)
  expect(result.stdout + result.stderr).not.toContain(IMAP_PASSWORD)
  return result
}
const sendAll = async () => expect((await cli(['run', '--as-of', AS_OF])).stdout).toContain('delivered 2,')
const returnPathOf = (number: number) => company.sink.mailsTo(`many${number}@example.com`)[0]?.envelope.from ?? ''

describe('bounces', () => {
  test('reads the mailbox and says what was in it, to people and to machines', async () => {
    await sendAll()
    mailbox.deliver(bounceMail({ to: returnPathOf(1) }))
    mailbox.deliver(bounceMail())
    mailbox.deliver(VACATION_MAIL)
    expect(await cli(['bounces'])).toEqual({
      code: 0,
      stdout: [
        'new reports: failed 2, delayed 0, complaints 0, other 0',
        '  of these about no mail of the ledger: 1',
        'addresses suppressed: 1',
        'unsubscribed by mail: 0',
        'other unread mails, left as they are: 1',
        '',
      ].join('\n'),
      stderr: '',
    })
    mailbox.deliver(complaintMail({ fields: [`Original-Mail-From: <${returnPathOf(2)}>`] }))
    expect(JSON.parse((await cli(['bounces', '--format', 'json'])).stdout)).toEqual({
      failed: 0,
      delayed: 0,
      complaints: 1,
      other: 0,
      unknown: 0,
      repeated: 0,
      suppressed: 1,
      unsubscribed: 0,
      leftAlone: 1,
    })
  })

  test('When the mailbox cannot be read, it says so in one line, and a dependency is down', async () => {
    const url = mailbox.url.replace(encodeURIComponent(IMAP_PASSWORD), 'hunter2')
    expect(await cli(['bounces'], { BOUNCE_IMAP_URL: url })).toEqual({
      code: 3,
      stdout: '',
      stderr:
        `the bounce mailbox: 127.0.0.1:${mailbox.port} refuses user and password (wrong user or password); ` +
        'correct them in BOUNCE_IMAP_URL, special characters percent-encoded\n',
    })
  })

  test('When no mailbox is set, it says what one looks like', async () => {
    expect(await cli(['bounces'], { BOUNCE_IMAP_URL: '' })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^BOUNCE_IMAP_URL is not set: the mailbox that bounces come to, e\.g\. imaps:.*\n$/,
      ),
    })
  })
})

describe('explain', () => {
  /** Its Message-IDs look like addresses. */
  const explain = (args: readonly string[]) => runCli(['explain', ...args], env)

  test('tells that the mail of a grant bounced, was delayed, or was complained of', async () => {
    await sendAll()
    mailbox.deliver(bounceMail({ to: returnPathOf(1), action: 'delayed', status: '4.4.1', diagnostic: '' }))
    mailbox.deliver(bounceMail({ to: returnPathOf(1), recipient: 'many1@example.com' }))
    mailbox.deliver(complaintMail({ fields: [`Original-Mail-From: <${returnPathOf(2)}>`] }))
    expect((await cli(['bounces'])).code).toBe(0)
    const { stdout } = await explain(['many_cg_1'])
    expect(stdout).toMatch(
      / {2}P7D to m\*\*\*@example\.com: a report came back, it is delayed on its way \(4\.4\.1\)\n/,
    )
    expect(stdout).toContain(
      'P7D to m***@example.com: a bounce came back, it was not delivered (5.1.1), 550 5.1.1 <***@example.com>: no such user here',
    )
    expect(stdout).toMatch(/^No mail to m\*\*\*@example\.com \(many_con_1\): on the suppression list since .*bounce/m)
    expect((await explain(['many_cg_2'])).stdout).toContain('its reader complained of it as unwanted, abuse')
    const { notices } = JSON.parse((await explain(['many_cg_1', '--format', 'json'])).stdout)
    expect(notices).toMatchObject([
      {
        state: 'sent',
        mail: {
          state: 'sent',
          reports: [
            { kind: 'delayed', status: '4.4.1', diagnostic: null, source: 'mailbox' },
            { kind: 'failed', status: '5.1.1', diagnostic: expect.stringContaining('no such user here') },
          ],
        },
      },
    ])
    expect((await explain(['many_cg_1', '--as-of', AS_OF])).stdout).not.toContain('came back')
  })
})

describe('run', () => {
  test('reads bounces before it plans, and writes to nobody whose address has proven no good', async () => {
    await sendAll()
    mailbox.deliver(bounceMail({ to: returnPathOf(1) }))
    const { code, stdout } = await cli(['run', '--as-of', LATER])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^bounces: failed 1, delayed 0, complaints 0; addresses suppressed 1\nsweep /)
    expect(stdout).toContain('delivered 1,')
    expect(company.sink.mailsTo('many1@example.com')).toHaveLength(1)
  })

  test('When the mailbox is away, the mails go all the same, and a person has to look', async () => {
    const { code, stdout, stderr } = await cli(['run', '--as-of', AS_OF], {
      BOUNCE_IMAP_URL: 'imap://u:p@127.0.0.1:1/',
    })
    expect(stdout).toContain('delivered 2,')
    expect(stderr).toMatch(
      /^bounces not read, the run goes on without: the bounce mailbox: 127\.0\.0\.1:1 cannot be reached/m,
    )
    expect(code).toBe(1)
  })
})

describe('start', () => {
  test('reads the mailbox as it begins, and says what was in it', async () => {
    await sendAll()
    mailbox.deliver(bounceMail({ to: returnPathOf(1) }))
    await using service = await startService({ ...company, env })
    await eventually(() => expect(mailbox.seen()).toBe(1))
    expect(await service.said(/"failed":1,.*"suppressed":1,.*"bounces read"/)).toBeTruthy()
    service.kill('SIGTERM')
    const { code, stderr } = await service.ended()
    expect([code, stderr.includes(SECRETS.link)]).toEqual([0, false])
  })

  test('When the server falls silent in the middle, it stops all the same', async () => {
    mailbox.fail('UID SEARCH', 'silence')
    await using service = await startService({ ...company, env })
    await eventually(() => expect(mailbox.commands.get('UID SEARCH')).toBe(1))
    service.kill('SIGTERM')
    const { code, stderr } = await service.ended()
    expect([code, stderr.includes('bounces not read')]).toEqual([0, false])
  })

  test('When the mailbox cannot be read, one line says so, and everything else works', async () => {
    const url = mailbox.url.replace(encodeURIComponent(IMAP_PASSWORD), 'hunter2')
    await using service = await startService({ ...company, env }, { BOUNCE_IMAP_URL: url })
    expect(await service.said(/refuses user and password.*bounces not read; tried again in 5 minutes/)).toBeTruthy()
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
    service.kill('SIGTERM')
    const { code, stderr } = await service.ended()
    expect([code, stderr.includes('hunter2')]).toEqual([0, false])
    expect(stderr.match(/bounces not read/g)).toHaveLength(1)
  })
})

describe('doctor', () => {
  const linesOf = async (more: Readonly<Record<string, string>>) =>
    (await checkBounces({ ...env, ...more })).map(({ state, found, advice }) => `${state}: ${found}; ${advice}`)

  test('tells whether bounces are read, and can be', async () => {
    const { stdout } = await cli(['doctor'])
    expect(/^\S+ +bounces +.*$/m.exec(stdout)?.[0]).toBe(
      `ok       bounces      127.0.0.1:${mailbox.port} lets us in, and mails in INBOX can be marked as read`,
    )
    expect(await linesOf({})).toEqual([expect.stringMatching(/^ok: /)])
    expect(await linesOf({ BOUNCE_IMAP_URL: `${mailbox.url}/Gone` })).toEqual([
      expect.stringMatching(
        /^fault: 127\.0\.0\.1:\d+ has no such folder .*; correct the folder in BOUNCE_IMAP_URL, or make it$/,
      ),
    ])
    expect(await linesOf({ BOUNCE_IMAP_URL: 'imap://hunter2' })).toEqual([
      expect.stringMatching(/^not-checked: BOUNCE_IMAP_URL is/),
    ])
    expect(await linesOf({ BOUNCE_IMAP_URL: '' })).toEqual([
      expect.stringMatching(/^warning: MAIL_RETURN_PATH is set, and nobody/),
    ])
    expect(await linesOf({ BOUNCE_IMAP_URL: '', BOUNCE_WEBHOOK_SECRET: 'a-secret-of-the-tests' })).toEqual([])
    expect(await linesOf({ BOUNCE_IMAP_URL: '', MAIL_RETURN_PATH: '' })).toEqual([])
  })

  test('warns where no return path names the mail: some programs send a wish to get no more without its subject', async () => {
    expect(await linesOf({ MAIL_RETURN_PATH: '' })).toEqual([
      expect.stringMatching(/^ok: /),
      expect.stringMatching(/^warning: MAIL_RETURN_PATH is not set: .*Apple's.*; set it to an address/),
    ])
  })
})
