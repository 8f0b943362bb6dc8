import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate } from './authority.ts'
import { startDaemon, untilListening } from './daemon.ts'

/** Somebody with a mailbox. */
export type Resident = Readonly<{
  address: string
  /** How much the mailbox holds; without it, everything. */
  quotaBytes?: number
  /** A Sieve script (RFC 5228) that sorts what comes in. */
  sieve?: string
  /** Where its mails lie, where Dovecot is not who puts them there. */
  maildir?: string
}>

export type Dovecot = AsyncDisposable &
  Readonly<{
    imapPort: number
    imapsPort: number
    /** Where it takes mails by LMTP, and where it is asked about passwords: sockets in the file system. */
    lmtpSocket: string
    authSocket: string
    /** What it says of itself. */
    log: string
  }>

/** Of every resident; it needs percent-encoding in a URL. */
export const PASSWORD = 'do:ve/c@t'

/** Debian's own user of that name, who owns the mails. */
export const MAIL_UID = 8

export type DovecotSetting = Readonly<{
  folder: string
  residents: readonly Resident[]
  certificate: Certificate
  imapPort: number
  imapsPort: number
  /** Where what it sends itself, such as a vacation reply, is handed over. */
  submissionPort: number
}>

/** A Dovecot of the tests' own, with all that it writes in one folder. */
export async function startDovecot(setting: DovecotSetting): Promise<Dovecot> {
  const { folder, residents, imapPort, imapsPort } = setting
  const at = (name: string) => join(folder, name)
  await Promise.all(['run', 'state', 'homes'].map((name) => mkdir(at(name), { recursive: true })))
  await chown(at('homes'), MAIL_UID, MAIL_UID)
  await Promise.all(residents.map((resident) => settle(at('homes'), resident)))
  await writeFile(at('users'), residents.map(userLine).join(''))
  const [file, log, said] = [at('dovecot.conf'), at('dovecot.log'), at('dovecot.out')]
  await writeFile(file, configuration(setting, log))
  const commands = { start: ['dovecot', '-F', '-c', file], stop: ['doveadm', '-c', file, 'stop'] }
  await using starting = new AsyncDisposableStack()
  const daemon = await startDaemon(commands, said)
  starting.defer(daemon.stop)
  await untilListening(daemon, [imapPort, imapsPort], [said, log])
  const running = starting.move()
  return {
    imapPort,
    imapsPort,
    lmtpSocket: at('lmtp'),
    authSocket: at('auth'),
    log,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function settle(homes: string, { address, sieve }: Resident): Promise<void> {
  const home = join(homes, address)
  await mkdir(home)
  if (sieve !== undefined) await writeFile(join(home, '.dovecot.sieve'), sieve)
  for (const path of [home, ...(sieve === undefined ? [] : [join(home, '.dovecot.sieve')])])
    await chown(path, MAIL_UID, MAIL_UID)
}

function userLine({ address, quotaBytes, maildir }: Resident): string {
  const own = [
    ...(quotaBytes === undefined ? [] : [`userdb_quota_rule=*:bytes=${quotaBytes}`]),
    ...(maildir === undefined ? [] : [`userdb_mail=maildir:${maildir}`]),
  ]
  // In a form without colons, which part the fields.
  return `${address}:{PLAIN.b64}${Buffer.from(PASSWORD).toString('base64')}::::::${own.join(' ')}\n`
}

function configuration(setting: DovecotSetting, log: string): string {
  const { folder, certificate, imapPort, imapsPort, submissionPort } = setting
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${log}
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <${certificate.cert}
ssl_key = <${certificate.key}
auth_mechanisms = plain login
# Whoever guesses passwords waits; the tests mean theirs.
auth_failure_delay = 0
recipient_delimiter = +
mail_location = maildir:~/Maildir
mail_plugins = quota
first_valid_uid = ${MAIL_UID}
first_valid_gid = ${MAIL_UID}
postmaster_address = postmaster@mail.acme.example
submission_host = 127.0.0.1:${submissionPort}
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = passwd-file
  args = ${folder}/users
  default_fields = uid=${MAIL_UID} gid=${MAIL_UID} home=${folder}/homes/%u
}
service imap-login {
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = ${imapsPort}
    ssl = yes
  }
}
service lmtp {
  unix_listener ${folder}/lmtp {
    mode = 0666
  }
}
service auth {
  unix_listener ${folder}/auth {
    mode = 0666
  }
}
protocol lmtp {
  mail_plugins = quota sieve
}
plugin {
  quota = maildir:mailbox
  quota_grace = 0
}
`
}
