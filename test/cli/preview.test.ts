import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { readUnsubscribeToken } from '../../src/mail/unsubscribe-token.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { runCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany, SECRETS } from '../support/company.ts'

const FILES = ['warning', 'last', 'expired', 'correction'].flatMap((kind) =>
  ['html', 'txt', 'eml'].map((extension) => `${kind}.${extension}`),
)

async function outputFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'preview-'))
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

const readEml = async (path: string) => PostalMime.parse(await readFile(path))

async function insertAna({ database: { sql } }: Company): Promise<void> {
  await insertAccount(sql, { name: 'Acme', timeZone: 'Europe/Berlin' })
  await insertContact(sql, { id: 'ana', name: 'Ana', email: 'ana@example.com' })
  await insertGrant(sql, { expiresAt: '2026-05-29T12:00:00Z' })
}

describe.concurrent('preview', () => {
  test('When nothing is set, each mail of a sample is written, in folders that it makes', async () => {
    await using output = await outputFolder()
    const folder = join(output.folder, 'deep', 'down')
    const result = await runCli(['preview', '--output', folder, '--as-of', '2026-07-01T09:00:00Z'])
    expect(result).toEqual({ code: 0, stderr: '', stdout: FILES.map((file) => `${join(folder, file)}\n`).join('') })
    const mail = await readEml(join(folder, 'warning.eml'))
    expect(mail).toMatchObject({ subject: expect.stringMatching(/will expire/), date: '2026-07-01T09:00:00.000Z' })
    // The .eml ends its lines as mail does.
    const text = await readFile(join(folder, 'warning.txt'), 'utf8')
    expect(mail.text?.replaceAll('\r\n', '\n').trim()).toBe(text.trim())
    expect(text).toContain('7 days left')
    const subjects = { last: /^Last reminder: /, expired: /expired/, correction: /can be used until/ }
    for (const [kind, subject] of Object.entries(subjects)) {
      expect((await readEml(join(folder, `${kind}.eml`))).subject).toMatch(subject)
    }
    expect(await readFile(join(folder, 'expired.html'), 'utf8')).toMatch(/^<!doctype html>/i)
  })

  test('When sender and address of the service are set, they are used; the link in it takes nobody off the list', async () => {
    await using output = await outputFolder()
    const env = { MAIL_FROM: 'Acme <b@acme.example>', PUBLIC_URL: 'https://r.acme.example', LINK_SECRET: SECRETS.link }
    await runCli(['preview', '--output', output.folder], env)
    const { from, text = '' } = await readEml(join(output.folder, 'warning.eml'))
    expect(from).toEqual({ name: 'Acme', address: 'b@acme.example' })
    const [, token = ''] = /https:\/\/r\.acme\.example\/unsubscribe\/(\S+)/.exec(text) ?? []
    expect(token).not.toBe('')
    expect(readUnsubscribeToken(token, [SECRETS.link])).toBeNull()
  })

  test('When a grant is named, the .eml is what a run at the same time sends, but for ids and links', async () => {
    await using company = await foundCompany()
    await using output = await outputFolder()
    await insertAna(company)
    const args = ['preview', '--grant', 'cg_1', '--as-of', AS_OF, '--output', output.folder]
    expect(await runCli(args, company.env)).toMatchObject({ code: 0, stderr: '' })
    expect(company.sink.connections.total()).toBe(0)
    await runCli(['run', '--as-of', AS_OF], company.env)
    const comparable = (source: Buffer | undefined) =>
      source
        ?.toString()
        .replace(/--_[\w-]+/g, 'BOUNDARY')
        .replace(/^Message-ID: .*$/m, '')
        // In the parts, a link may be broken anywhere.
        .replace(/=\r\n/g, '')
        .replace(/unsubscribe\/[\w.=-]+/g, 'LINK')
        .trim()
    const sent = comparable(company.sink.mails[0]?.raw)
    expect(sent).toContain('To: Ana <ana@example.com>')
    expect(comparable(await readFile(join(output.folder, 'warning.eml')))).toBe(sent)
  })

  test('When there is nobody to write to, a placeholder reads it, and a line says so', async () => {
    await using company = await foundCompany()
    await using output = await outputFolder()
    await insertAccount(company.database.sql)
    await insertContact(company.database.sql, { receivesBillingEmail: false })
    await insertGrant(company.database.sql, { expiresAt: '2026-05-29T12:00:00Z' })
    const args = ['preview', '--grant', 'cg_1', '--as-of', AS_OF, '--output', output.folder]
    const result = await runCli(args, company.env)
    expect(result).toMatchObject({
      code: 0,
      stderr: 'the account has no contact that may be written to: a placeholder stands in for the reader\n',
    })
    expect((await readEml(join(output.folder, 'warning.eml'))).to).toEqual([
      { name: '', address: 'reader@example.com' },
    ])
  })

  test('When there is no such grant, it ends with 2 and one line', async () => {
    await using company = await foundCompany()
    await using output = await outputFolder()
    const result = await runCli(['preview', '--grant', 'cg_9', '--output', output.folder], company.env)
    expect(result).toEqual({ code: 2, stdout: '', stderr: 'there is no credit grant cg_9 in billing.credit_grants\n' })
    expect(await readdir(output.folder)).toEqual([])
  })

  test('When a real grant is named and no database, it ends with 2 and says what is missing', async () => {
    const result = await runCli(['preview', '--grant', 'cg_1'])
    expect(result).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^DATABASE_URL is not set: .*\n$/),
    })
  })

  test('When the folder cannot be written to, it ends with 2 and one line', async () => {
    await using output = await outputFolder()
    const file = join(output.folder, 'a-file')
    await writeFile(file, '')
    for (const [path, code] of [
      [file, 'EEXIST'],
      [join(file, 'below'), 'ENOTDIR'],
      ['/proc/preview', 'ENOENT'],
    ]) {
      expect(await runCli(['preview', '--output', path ?? ''])).toEqual({
        code: 2,
        stdout: '',
        stderr: `--output ${path} cannot be written to (${code}); name a folder that can\n`,
      })
    }
  })

  test.each([
    ['tlh', /^--locale tlh: there are no mails in this language; there are .*\ben\b.*\n$/],
    ['zh-TW', /^--locale zh-TW: there are no mails in this language; there are .*\bzh-Hans\n$/],
    ['a b', '--locale a b is no BCP 47 locale; write one such as en or pt-BR\n'],
  ])('When the language is %s, it ends with 2 and one line', async (locale, stderr) => {
    const result = await runCli(['preview', '--locale', locale])
    expect(result).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(stderr) })
  })
})
