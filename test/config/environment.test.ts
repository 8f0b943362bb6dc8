import { describe, expect, it } from 'vitest'
import { readEnvironment } from '../../src/config/environment.ts'
import { UsageError } from '../../src/errors.ts'
import { MAX_RETURN_PATH_CHARACTERS } from '../../src/mail/return-path.ts'

const SECRET = 'correct-horse-battery-staple-and-more'

function faultsOf(
  source: Record<string, string>,
  needed: Parameters<typeof readEnvironment>[1] = [],
): readonly string[] {
  try {
    readEnvironment(source, needed)
  } catch (error) {
    if (error instanceof UsageError) return error.lines
    throw error
  }
  return []
}

describe('readEnvironment', () => {
  it('names a missing setting only where it is needed, with what it is for', () => {
    expect(faultsOf({}, ['DATABASE_URL', 'LINK_SECRET'])).toEqual([
      expect.stringMatching(/^DATABASE_URL is not set: .*postgresql:\/\//),
      expect.stringMatching(/^LINK_SECRET is not set: .*openssl/),
    ])
    expect(faultsOf({})).toEqual([])
  })

  it('takes an empty variable for a missing one, as compose files write it', () => {
    expect(faultsOf({ DATABASE_URL: '', HTTP_PORT: ' ' }, ['DATABASE_URL'])).toHaveLength(1)
  })

  it('gives every default', () => {
    expect(readEnvironment({})).toEqual({
      SMTP_MAX_CONNECTIONS: 5,
      SWEEP_PART_GRANTS: 100_000,
      CREDIT_REMINDERS_ALLOW_AS_OF: false,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: 8080,
      HTTP_TRUST_PROXY: 0,
      LINK_SECRET_PREVIOUS: [],
      LOG_LEVEL: 'info',
    })
  })

  it('names every bad value at once, one line each', () => {
    const lines = faultsOf({
      DATABASE_URL: 'mysql://h/d',
      SMTP_URL: 'http://mail',
      SMTP_MAX_CONNECTIONS: '0',
      MAIL_FROM: 'billing',
      MAIL_REPLY_TO: 'a@b@c',
      MAIL_POSTAL_ADDRESS: 'two\nlines',
      PUBLIC_URL: 'ftp://x',
      LINK_SECRET: 'short',
      LINK_SECRET_PREVIOUS: 'a secret of long ago,short',
      ALLOWED_RECIPIENTS: 'qa@example.com, example.org',
      CREDIT_REMINDERS_ALLOW_AS_OF: 'yes',
      HTTP_HOST: 'a b',
      HTTP_PORT: '65536',
      HTTP_TRUST_PROXY: 'yes',
      HEARTBEAT_URL: 'http://example.com/ping',
      LOG_LEVEL: 'loud',
      LOG_FORMAT: 'xml',
    })
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'SMTP_URL',
      'SMTP_MAX_CONNECTIONS',
      'MAIL_FROM',
      'MAIL_REPLY_TO',
      'MAIL_POSTAL_ADDRESS',
      'PUBLIC_URL',
      'LINK_SECRET',
      'LINK_SECRET_PREVIOUS',
      'ALLOWED_RECIPIENTS',
      'CREDIT_REMINDERS_ALLOW_AS_OF',
      'HTTP_HOST',
      'HTTP_PORT',
      'HTTP_TRUST_PROXY',
      'HEARTBEAT_URL',
      'LOG_LEVEL',
      'LOG_FORMAT',
    ])
    expect(lines.join('')).not.toContain('\n')
  })

  it('never repeats a secret', () => {
    const lines = faultsOf({
      DATABASE_URL: 'postgresql://app:hunter#2@db/billing',
      SMTP_URL: 'smtp://app:hunter%2@mail',
      LINK_SECRET: 'hunter#2',
      LINK_SECRET_PREVIOUS: 'hunter#2',
      PUBLIC_URL: 'https://app:hunter#2@example.com',
      HEARTBEAT_URL: 'http://hc.example.com/hunter',
    })
    expect(lines).toHaveLength(1 + 5)
    expect(lines.join('\n')).not.toContain('hunter')
  })

  it('takes earlier secrets one after the other, and says which of them is none', () => {
    const [first, second] = ['a secret of long ago', 'another one, of before']
    expect(readEnvironment({ LINK_SECRET_PREVIOUS: `${first}` }).LINK_SECRET_PREVIOUS).toEqual([first])
    const both = readEnvironment({ LINK_SECRET_PREVIOUS: ` ${first} , ${second.replace(',', '')}` })
    expect(both.LINK_SECRET_PREVIOUS).toEqual([first, 'another one of before'])
    expect(faultsOf({ LINK_SECRET_PREVIOUS: `${first},` })).toEqual([
      'LINK_SECRET_PREVIOUS has an entry (number 2) of less than 16 characters',
    ])
    expect(faultsOf({ LINK_SECRET_PREVIOUS: Array(11).fill(first).join() })).toEqual([
      'LINK_SECRET_PREVIOUS has more than 10 entries',
    ])
  })

  it.each([
    'postgresql://u:p@host:5432/db?sslmode=require',
    'postgres://host/db',
    'postgresql:///db?host=/run',
    'postgresql://u@/db',
    'postgresql://u:p%ss@%2Frun/db?sslmode=no-verify&application_name=a@b',
    'postgresql://host/db?sslmode=verify-ca&uselibpqcompat=true&sslrootcert=/ca.pem',
  ])('takes the database address %s', (DATABASE_URL) => expect(faultsOf({ DATABASE_URL })).toEqual([]))

  it.each([
    ['postgresql://app:1#hunter@host/db', 'is not of the form'],
    ['postgresql://app:1/hunter@host/db', 'is not of the form'],
    ['postgresql://app:1?hunter@host/db', 'is not of the form'],
    ['postgresql://app:h@unter/w@host/db', 'is not of the form'],
    ['postgresql://host/db#hunter', 'is not of the form'],
    ['postgresql://app:hunter%ff@host/db', 'is not of the form'],
    ['postgresql://app:hunter@host/db?sslmode=requird', 'has an unknown sslmode (did you mean require?); there are'],
    ['postgresql://app:hunter@host/db?sslmode=allow', 'has an unknown sslmode; there are disable, prefer, require,'],
    ['postgresql://app:hunter@host/db?sslmode=verify-ca&uselibpqcompat=true', 'has sslmode=verify-ca without'],
  ])('refuses the database address %s in a line without its value', (DATABASE_URL, words) => {
    const faults = faultsOf({ DATABASE_URL })
    expect(faults).toEqual([expect.stringContaining(`DATABASE_URL ${words}`)])
    expect(faults.join()).not.toMatch(/hunter|requird|allow/)
  })

  it.each([
    ['prefer', 'verify-full'],
    ['require', 'verify-full'],
    ['verify-ca', 'verify-full'],
    ['disable', 'disable'],
    ['no-verify', 'no-verify'],
    ['require&uselibpqcompat=true', 'require&uselibpqcompat=true'],
  ])('hands sslmode=%s to the driver as what it makes of it: %s', (written, handed) => {
    const url = (sslmode: string) => `postgresql://u:p@host/db?schema=x&sslmode=${sslmode}&a=b`
    expect(readEnvironment({ DATABASE_URL: url(written) }).DATABASE_URL).toBe(url(handed))
  })

  it.each([
    'smtp://mail.example.com',
    'smtps://user:p%40ss@mail.example.com:465/',
    'smtp://u:p@[::1]:2525?requireTLS=false',
    'smtp://mail?requireTLS=true',
  ])('takes the mail server %s', (SMTP_URL) => expect(faultsOf({ SMTP_URL })).toEqual([]))

  it.each([
    ['smtp://user:p@ss/w#rd@host', 'is not of the form'],
    ['smtp://user:1#hunter@host', 'is not of the form'],
    ['smtp://user:1/hunter@host', 'is not of the form'],
    ['smtp://user:1?hunter@host', 'has an unknown parameter; there is only requireTLS'],
    ['smtp://host?requireTls=true', 'has an unknown parameter (did you mean requireTLS?)'],
    ['smtp://host?requireTLS=no', 'has a requireTLS that is not true or false'],
    ['smtp://hunter@host', 'has a user or a password and not the other'],
    ['smtp://:hunter@host', 'has a user or a password and not the other'],
  ])('refuses the mail server %s in a line without its value', (SMTP_URL, words) => {
    const faults = faultsOf({ SMTP_URL })
    expect(faults).toEqual([expect.stringContaining(`SMTP_URL ${words}`)])
    expect(faults.join()).not.toMatch(/hunter|ss\/w|w#rd/)
  })

  it.each([
    'imaps://user:p%40ss@imap.example.com',
    'imaps://user:p@imap.example.com:993/INBOX',
    'imap://a%40example.com:p@[::1]:1143/INBOX/Bounces?requireTLS=false&moveTo=Done',
  ])('takes the mailbox for bounces %s', (BOUNCE_IMAP_URL) => expect(faultsOf({ BOUNCE_IMAP_URL })).toEqual([]))

  it.each([
    ['imap.example.com', 'is not of the form imaps://user:password@host:port/INBOX'],
    ['pop3://user:hunter@host', 'is not of the form'],
    ['imaps://user:1#hunter@host', 'is not of the form'],
    ['imaps://user:1/hunter@host', 'is not of the form'],
    ['imaps://user:hunter%ff@host', 'is not of the form'],
    ['imaps://user:p@host/%', 'is not of the form'],
    ['imaps://user:p@host/A%0d%0aB', 'holds a control character'],
    ['imaps://host', 'has no user and password'],
    ['imaps://hunter@host', 'has no user and password'],
    ['imaps://user:p@host?requireTls=true', 'has an unknown parameter (did you mean requireTLS?)'],
    ['imaps://user:p@host?hunter', 'has an unknown parameter; there are moveTo and requireTLS'],
    ['imaps://user:p@host?moveTo=', 'has a moveTo that names no folder'],
    ['imaps://user:p@host?requireTLS=1', 'has a requireTLS that is not true or false'],
  ])('refuses the mailbox for bounces %s in a line without its value', (BOUNCE_IMAP_URL, words) => {
    const faults = faultsOf({ BOUNCE_IMAP_URL })
    expect(faults).toEqual([expect.stringContaining(`BOUNCE_IMAP_URL ${words}`)])
    expect(faults.join()).not.toMatch(/hunter/)
  })

  it('takes a return path that still fits with the token added to it, and no other', () => {
    const longest = `${'b'.repeat(MAX_RETURN_PATH_CHARACTERS)}@bounces.example.com`
    expect(readEnvironment({ MAIL_RETURN_PATH: longest }).MAIL_RETURN_PATH).toBe(longest)
    expect(faultsOf({ MAIL_RETURN_PATH: `b${longest}` })).toEqual([
      'MAIL_RETURN_PATH has more than 20 characters before the @; a token is added to them for each mail',
    ])
    for (const MAIL_RETURN_PATH of ['Bounces <bounces@example.com>', 'bounces', 'a b@example.com']) {
      expect(faultsOf({ MAIL_RETURN_PATH })).toEqual([
        'MAIL_RETURN_PATH is no bare mail address; write bounces@example.com',
      ])
    }
  })

  it('refuses a short secret for the webhook without repeating it', () => {
    const faults = faultsOf({ BOUNCE_WEBHOOK_SECRET: 'hunter2' })
    expect(faults).toEqual([
      expect.stringMatching(/^BOUNCE_WEBHOOK_SECRET is shorter than 16 characters; make one with/),
    ])
    expect(faults.join()).not.toContain('hunter2')
  })

  it.each(['https://reminders.example.com', 'http://localhost:8080', 'http://127.0.0.1', 'http://[::1]:80/base/'])(
    'takes the public address %s',
    (PUBLIC_URL) => expect(faultsOf({ PUBLIC_URL })).toEqual([]),
  )

  it.each([
    'http://reminders.example.com',
    'https://x.example/?a=1',
    'https://x.example/#a',
    'reminders.example.com',
    'http://localhost.evil.example',
  ])('refuses the public address %s', (PUBLIC_URL) => expect(faultsOf({ PUBLIC_URL })).toHaveLength(1))

  it.each(['https://hc.example.com/ping/3f2a?create=1', 'http://127.0.0.1:8000/ping', 'http://localhost/#a'])(
    'takes the heartbeat address %s',
    (HEARTBEAT_URL) => expect(faultsOf({ HEARTBEAT_URL })).toEqual([]),
  )

  it.each(['http://hc.example.com/ping', 'https://app:hunter@hc.example.com', 'hc.example.com', 'ftp://localhost'])(
    'refuses the heartbeat address %s, which others could read or no client would call as it stands',
    (HEARTBEAT_URL) =>
      expect(faultsOf({ HEARTBEAT_URL })).toEqual([
        'HEARTBEAT_URL is not an https:// address without user and password (http:// is for loopback only)',
      ]),
  )

  it('drops the slash at the end of PUBLIC_URL, so that paths can be added to it', () => {
    expect(readEnvironment({ PUBLIC_URL: 'https://x.example/base/' }).PUBLIC_URL).toBe('https://x.example/base')
  })

  it.each([
    ['billing@acme.example', { name: null, address: 'billing@acme.example' }],
    ['Acme Billing <billing@acme.example>', { name: 'Acme Billing', address: 'billing@acme.example' }],
    ['"Acmé, Inc." <billing@acme.example>', { name: 'Acmé, Inc.', address: 'billing@acme.example' }],
  ])('reads the sender %s', (MAIL_FROM, mailbox) => {
    expect(readEnvironment({ MAIL_FROM }, ['MAIL_FROM']).MAIL_FROM).toEqual(mailbox)
  })

  it.each([
    'a@b.example\r\nBcc: c@d.example',
    'x <a@b.example',
    'a b@c.example',
    `${'a'.repeat(65)}@b.example`,
    '.a@b.example',
    'a@-b.example',
  ])('refuses the sender %j', (MAIL_FROM) => expect(faultsOf({ MAIL_FROM })).toHaveLength(1))

  it('reads the recipients of a trial, and names a faulty one by its place only', () => {
    const ALLOWED_RECIPIENTS = 'QA@Example.com, @example.org'
    const { ALLOWED_RECIPIENTS: allowed } = readEnvironment({ ALLOWED_RECIPIENTS })
    expect([...(allowed ?? [])]).toEqual(['qa@example.com', '@example.org'])
    expect(readEnvironment({ ALLOWED_RECIPIENTS: ' ' }).ALLOWED_RECIPIENTS).toBeUndefined()
    expect(faultsOf({ ALLOWED_RECIPIENTS: 'qa@example.com, hunter, @@' })).toEqual([
      'ALLOWED_RECIPIENTS has an entry (number 2) that is neither an address such as qa@example.com nor a domain such as @example.org',
    ])
  })

  it('reads switches and numbers', () => {
    const { CREDIT_REMINDERS_ALLOW_AS_OF, HTTP_PORT, LINK_SECRET } = readEnvironment({
      CREDIT_REMINDERS_ALLOW_AS_OF: '1',
      HTTP_PORT: '0',
      LINK_SECRET: SECRET,
    })
    expect([CREDIT_REMINDERS_ALLOW_AS_OF, HTTP_PORT, LINK_SECRET]).toEqual([true, 0, SECRET])
  })
})
