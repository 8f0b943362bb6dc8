import { readFile } from 'node:fs/promises'
import { ImapFlow } from 'imapflow'
import PostalMime, { type Email } from 'postal-mime'

/** A mail as its reader's program has it. */
export type ReadMail = Readonly<{ raw: string; parsed: Email; header: (name: string) => string | null }>

/** How a mailbox is opened: port of IMAP over TLS, the authority to trust, and whose it is. */
export type Access = Readonly<{ port: number; authority: string; address: string; password: string }>

/** The mails in a mailbox, oldest first, as it was: none is marked as read. */
export function readMailbox(access: Access): Promise<readonly ReadMail[]> {
  return withMailbox(access, async (client) => {
    const { exists } = await client.mailboxOpen('INBOX', { readOnly: true })
    if (exists === 0) return []
    const mails = await client.fetchAll('1:*', { uid: true, source: true })
    return Promise.all(mails.map(({ source }) => asRead(source ?? Buffer.alloc(0))))
  })
}

/** Does what its owner may do in a mail program: marks everything as unread, or makes a folder. */
export function changeMailbox(access: Access, change: 'unread' | Readonly<{ makeFolder: string[] }>): Promise<void> {
  return withMailbox(access, async (client) => {
    if (change !== 'unread') return void (await client.mailboxCreate(change.makeFolder))
    await client.mailboxOpen('INBOX')
    await client.messageFlagsRemove('1:*', ['\\Seen'])
  })
}

async function withMailbox<T>(access: Access, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const { port, authority, address, password } = access
  const client = new ImapFlow({
    host: 'localhost',
    port,
    secure: true,
    tls: { ca: await readFile(authority) },
    auth: { user: address, pass: password },
    logger: false,
  })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.logout()
  }
}

/** A mail from its bytes. */
export async function asRead(source: Buffer): Promise<ReadMail> {
  const parsed = await PostalMime.parse(source)
  return {
    raw: source.toString('latin1'),
    parsed,
    header: (name) => parsed.headers.find(({ key }) => key === name.toLowerCase())?.value ?? null,
  }
}
