import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foundAuthority } from './authority.ts'
import { MAIL_UID, PASSWORD, type Resident, startDovecot } from './dovecot.ts'
import { freePorts } from './free-ports.ts'
import { type MailDoors, postfixSettings } from './post-office-settings.ts'
import { type Postfix, startPostfix } from './postfix.ts'
import { type Access, type ReadMail, readMailbox } from './read-mailbox.ts'

export const SENDER = 'billing@acme.example'
/** Where bounces come to. */
export const BOUNCES = 'bounces@acme.example'
/** The same by way of Postfix's own delivery, which takes what Dovecot's does not: mails about names in other alphabets. */
export const UTF8_BOUNCES = 'bounces@example.net'

/** Real mail servers on loopback: a Postfix that takes mails from the program, and a Dovecot that they end in. */
export type PostOffice = AsyncDisposable &
  Readonly<{
    postfix: Postfix
    doors: MailDoors
    /** The certificate of the authority that the servers' own certificates are of. */
    authority: string
    /** The program's settings for them: STARTTLS required, log-in, return path, mailbox for bounces. */
    env: Readonly<Record<string, string>>
    /** What SMTP_URL says of a door: with log-in, and with TLS required where it is not waived. */
    smtpUrl: (door: keyof MailDoors, more?: Readonly<{ password?: string; requireTls?: boolean }>) => string
    imapUrl: (address: string, more?: Readonly<{ password?: string; scheme?: 'imap' | 'imaps' }>) => string
    /** How somebody's mailbox is opened. */
    access: (address: string) => Access
    /** The mails in somebody's mailbox, read over IMAP, oldest first. */
    mailsOf: (address: string) => Promise<readonly ReadMail[]>
    /** Where Postfix itself puts the mails of example.net: a folder for each address. */
    maildirs: string
    dovecotLog: string
  }>

export async function openPostOffice(residents: readonly Resident[]): Promise<PostOffice> {
  await using resources = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'post-office-'))
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  // Each of the servers' processes has a user of its own.
  await chmod(folder, 0o755)
  const authority = await foundAuthority(folder, 'authority')
  const certificate = await authority.certify('localhost', 'DNS:localhost,IP:127.0.0.1')
  const elsewhere = await authority.certify('elsewhere', 'DNS:mail.elsewhere.example')
  const [imapPort = 0, imapsPort = 0, submission = 0, misnamed = 0, plain = 0, asciiOnly = 0, far = 0] =
    await freePorts(7)
  const doors = { submission, misnamed, plain, asciiOnly, far }
  const maildirs = join(folder, 'maildirs')
  await mkdir(maildirs)
  await chown(maildirs, MAIL_UID, MAIL_UID)
  const utf8Bounces = { address: UTF8_BOUNCES, maildir: join(maildirs, 'bounces') }
  const everybody = [...residents, { address: SENDER }, { address: BOUNCES }, utf8Bounces]
  const dovecot = resources.use(
    await startDovecot({ folder, residents: everybody, certificate, imapPort, imapsPort, submissionPort: plain }),
  )
  const postfix = resources.use(
    await startPostfix({ folder, ...postfixSettings({ folder, doors, certificate, elsewhere, dovecot }) }),
  )
  const smtpUrl: PostOffice['smtpUrl'] = (door, { password = PASSWORD, requireTls = true } = {}) =>
    `smtp://${encodeURIComponent(SENDER)}:${encodeURIComponent(password)}@localhost:${doors[door]}?requireTLS=${requireTls}`
  const imapUrl: PostOffice['imapUrl'] = (address, { password = PASSWORD, scheme = 'imap' } = {}) =>
    `${scheme}://${encodeURIComponent(address)}:${encodeURIComponent(password)}@localhost:` +
    `${scheme === 'imap' ? imapPort : imapsPort}/INBOX${scheme === 'imap' ? '?requireTLS=true' : ''}`
  const access = (address: string) => ({ port: imapsPort, authority: authority.cert, address, password: PASSWORD })
  const held = resources.move()
  return {
    postfix,
    doors,
    authority: authority.cert,
    env: {
      SMTP_URL: smtpUrl('submission'),
      MAIL_RETURN_PATH: BOUNCES,
      BOUNCE_IMAP_URL: imapUrl(BOUNCES),
      NODE_EXTRA_CA_CERTS: authority.cert,
    },
    smtpUrl,
    imapUrl,
    access,
    mailsOf: (address) => readMailbox(access(address)),
    maildirs,
    dovecotLog: dovecot.log,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
