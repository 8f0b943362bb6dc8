import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { readUnsubscribeToken } from '../../src/mail/unsubscribe-token.ts'
import { insertAccount, insertContact, insertGrant } from '../support/billing.ts'
import { runCli, startCli } from '../support/cli.ts'
import { AS_OF, type Company, foundCompany, SECRETS } from '../support/company.ts'
import { eventually } from '../support/eventually.ts'

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

describe.concurrent('preview --output', () => {
  test('When nothing is set, each mail of a sample is written, in folders that it makes', async () => {
    await using output = await outputFolder()
    const folder = join(output.folder, 'deep', 'down')
    const result = await runCli(['preview', '--output', folder, '--as-of', '2026-07-01T09:00:00Z'])
    expect(result).toEqual({ code: 0, stderr: '', stdout: FILES.map((file) => `${join(folder, file)}\n`).join('') })
    const mail = await readEml(join(folder, 'warning.eml'))
    expect(mail).toMatchObject({ subject: expect.stringMatching(/expire/), date: '2026-07-01T09:00:00.000Z' })
    // The .eml ends its lines as mail does.
    const text = await readFile(join(folder, 'warning.txt'), 'utf8')
    expect(mail.text?.replaceAll('\r\n', '\n').trim()).toBe(text.trim())
    expect(text).toContain('7 days left')
    const subjects = { last: /expir/i, expired: /expired/, correction: /until/ }
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
    expect(result).toEqual({
      code: 2,
      stdout: '',
      stderr: 'there is no credit grant cg_9 in billing.credit_grants; look its id up there\n',
    })
    expect(await readdir(output.folder)).toEqual([])
  })

  test('When a real grant is named and no database, it ends with 2 and says what is missing', async () => {
    const result = await runCli(['preview', '--grant', 'cg_1'])
    expect(result).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^DATABASE_URL is not set: .*\nset these in the environment .* demo needs none\n$/),
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

/** The gallery, as a person starts it. */
async function startGallery(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  const cli = startCli(['preview', ...args], env)
  const url = await cli.said(/http:\/\/127\.0\.0\.1:\d+/)
  return {
    url,
    get: async (path: string) => (await fetch(url + path)).text(),
    stop: () => {
      cli.process.kill('SIGINT')
      return cli.result
    },
    [Symbol.asyncDispose]: async () => {
      cli.process.kill('SIGKILL')
      await cli.result
    },
  }
}

/** What the server tells an open page, as it comes. */
async function listen(url: string) {
  const stopping = new AbortController()
  const { body } = await fetch(`${url}/changes`, { signal: stopping.signal })
  const editions: string[] = []
  const listening = (async () => {
    for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      for (const [, edition = ''] of String(chunk).matchAll(/^data: (.+)$/gm)) editions.push(edition)
    }
  })().catch(() => {})
  return {
    editions,
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await listening
    },
  }
}

describe.concurrent('preview', () => {
  test('When no folder is named, it serves a gallery, where asked to, until it is stopped, and writes nothing', async () => {
    await using output = await outputFolder()
    await using gallery = await startGallery(['--as-of', '2026-07-01T09:00:00Z'], { TEMPLATES_DIR: output.folder })
    const page = await gallery.get('/?mail=last&language=pt-BR&scheme=dark&width=desktop')
    expect(page).toMatch(/<title>Last warning in Brazilian Portuguese/)
    expect(page).toContain('src="/mails/pt-BR/last/dark/checked"')
    expect(page).toMatch(/List-Unsubscribe-Post: [\s\S]*Nordwind Analytics/)
    const languages = [...(await gallery.get('/languages')).matchAll(/<iframe /g)]
    expect(languages).toHaveLength(20)
    const source = await fetch(`${gallery.url}/mails/de/expired/source`)
    expect(source.headers.get('Content-Disposition')).toBe('attachment; filename="expired.de.eml"')
    expect((await PostalMime.parse(await source.arrayBuffer())).subject).toContain('18,00')
    expect((await fetch(`${gallery.url}/mails/tlh/expired/source`)).status).toBe(404)
    expect(await gallery.stop()).toEqual({
      code: 0,
      stderr: '',
      stdout: `The mails, until Ctrl-C:  ${gallery.url}\n`,
    })
    expect(await readdir(output.folder)).toEqual([])
  })

  test('When a template is edited, open pages are told, and show it; one at fault is shown by file and line', async () => {
    await using own = await outputFolder()
    await using gallery = await startGallery(['--no-open'], { TEMPLATES_DIR: own.folder })
    const phrases = join(own.folder, 'locales', 'en.json')
    await using listener = await listen(gallery.url)
    await eventually(() => expect(listener.editions).toHaveLength(1))
    await mkdir(join(own.folder, 'locales'))
    await writeFile(phrases, '{ "warning.action": "Off we go" }')
    await eventually(async () => {
      expect(new Set(listener.editions).size).toBeGreaterThan(1)
      expect(await gallery.get('/mails/en/warning/light')).toContain('Off we go')
    })
    await writeFile(phrases, '{\n"warning.acton": "Off we go" }')
    await eventually(async () => expect(await gallery.get('/')).toContain(`${phrases}:2: no mail asks for`))
    await writeFile(phrases, '{}')
    await eventually(async () => expect(await gallery.get('/')).toContain('<title>Warning in English'))
  })

  test('When a real grant is named, the gallery shows its mails, in the reader’s language first', async () => {
    await using company = await foundCompany({
      rules: { policies: { default: { warnBefore: ['P7D'], calendar: true } } },
    })
    await insertAccount(company.database.sql, { name: 'Acme', timeZone: 'Europe/Berlin', locale: 'de-AT' })
    await insertContact(company.database.sql, { id: 'ana', name: 'Ana', email: 'ana@example.com' })
    await insertGrant(company.database.sql, { expiresAt: '2026-05-29T12:00:00Z' })
    await using gallery = await startGallery(['--grant', 'cg_1', '--as-of', AS_OF], company.env)
    expect(await gallery.get('/')).toMatch(/<title>Warning in German[\s\S]*To: Ana &lt;ana@example\.com&gt;/)
    expect(await gallery.get('/?mail=warning&language=fr')).toContain('BEGIN:VCALENDAR')
    expect(await gallery.get('/mails/fr/warning/light')).toContain('<html lang="fr"')
  })

  test.each([
    [
      'a folder that there is not',
      { TEMPLATES_DIR: '/no/such' },
      [],
      'TEMPLATES_DIR names /no/such, which does not exist; "credit-reminders templates --output /no/such" makes it\n',
    ],
    [
      'a file for a folder',
      { TEMPLATES_DIR: '/dev/null' },
      [],
      '/dev/null cannot be read (ENOTDIR); TEMPLATES_DIR must name a folder that this user may read\n',
    ],
    ['a port that is none', {}, ['--port', 'web'], /It is not a whole number from 0 to 65535/],
  ])('When it is given %s, it ends with 2 and says so', async (_case, env, args, stderr) => {
    const result = await runCli(['preview', ...args], env)
    expect(result).toEqual({
      code: 2,
      stdout: '',
      stderr: typeof stderr === 'string' ? stderr : expect.stringMatching(stderr),
    })
  })

  test('When its port is taken, it ends with 2 and one line', async () => {
    await using gallery = await startGallery()
    const port = new URL(gallery.url).port
    expect(await runCli(['preview', '--port', port])).toEqual({
      code: 2,
      stdout: '',
      stderr: `127.0.0.1:${port} cannot be listened on (EADDRINUSE); name another --port\n`,
    })
  })
})
