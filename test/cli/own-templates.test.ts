import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { packageFolder } from '../../src/paths.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { runCli } from '../support/cli.ts'
import { AS_OF, foundCompany, SECRETS } from '../support/company.ts'
import { startSmtpSink } from '../support/smtp-sink.ts'

const EXAMPLE = join(packageFolder, 'docs/examples/templates')

describe.concurrent('TEMPLATES_DIR', () => {
  test('gives the mails that leave the company’s colours, words, address and logo, which nobody has to fetch', async () => {
    await using company = await foundCompany()
    const { sql } = company.database
    await insertAccount(sql)
    await insertContact(sql)
    await insertGrant(sql, { expiresAt: '2026-05-29T12:00:00Z' })
    const { MAIL_POSTAL_ADDRESS: _, ...env } = company.env as Readonly<Record<string, string>>
    expect(await runCli(['run', '--as-of', AS_OF], { ...env, TEMPLATES_DIR: EXAMPLE })).toMatchObject({ code: 0 })
    const { html = '', text = '', attachments } = await PostalMime.parse(company.sink.mails[0]?.raw ?? '')
    const [logo, ...more] = attachments
    expect(more).toEqual([])
    expect(logo).toMatchObject({ mimeType: 'image/png', disposition: 'inline' })
    expect(Buffer.from(logo?.content as ArrayBuffer)).toEqual(await readFile(join(EXAMPLE, 'logo.png')))
    expect(html).toContain(`src="cid:${logo?.contentId?.slice(1, -1)}" alt="Acme" width="120" height="40"`)
    expect(html).not.toMatch(/\ssrc="(?!cid:)/)
    expect(html).toMatch(/#7a1fa2[\s\S]*No more mails about expiring credits[\s\S]*Acme Inc\., 1 Example Street/)
    expect(text).toMatch(/Acme looks after your credits\.[\s\S]*Acme Inc\., 1 Example Street/)
  })

  test('yields to MAIL_POSTAL_ADDRESS, which is nearer to an installation', async () => {
    await using sink = await startSmtpSink()
    const own = { TEMPLATES_DIR: EXAMPLE, MAIL_POSTAL_ADDRESS: '2 Other Street' }
    const env = { SMTP_URL: sink.url, MAIL_FROM: 'b@acme.example', ...own }
    expect(await runCli(['send-test', '--to', 'qa@example.com'], env)).toMatchObject({ code: 0 })
    const { text = '' } = await PostalMime.parse(sink.mails[0]?.raw ?? '')
    expect(text).toContain('2 Other Street')
    expect(text).not.toContain('1 Example Street')
  })

  // `start` and `run` are put together by the same hand.
  test.each([[['run']], [['dry-run']], [['send-test', '--to', 'qa@example.com']]])(
    'is looked at first by %j: where it is at fault, it ends with 2 and a line, and asks no server',
    async (args) => {
      const env = {
        DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/x',
        SMTP_URL: 'smtp://127.0.0.1:1',
        MAIL_FROM: 'b@acme.example',
        PUBLIC_URL: 'https://r.acme.example',
        LINK_SECRET: SECRETS.link,
      }
      expect(await runCli(args, { ...env, TEMPLATES_DIR: '/no/such' })).toEqual({
        code: 2,
        stdout: '',
        stderr:
          'TEMPLATES_DIR names /no/such, which does not exist; "credit-reminders templates --output /no/such" makes it\n',
      })
    },
  )
})
