import { readFile } from 'node:fs/promises'
import { ImapFlow } from 'imapflow'
import PostalMime, { type Email } from 'postal-mime'

/** A mail as its reader's program has it. */
export type ReadMail = Readonly<{ raw: string; parsed: Email; header: (name: string) => string | null }>

type Access = Readonly<{ port: number; authority: string; address: string; password: string }>

/** The mails in a mailbox, oldest first, as it was: none is marked as read. */
export async function readMailbox({ port, authority, address, password }: Access): Promise<readonly ReadMail[]> {
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
    const { exists } = await client.mailboxOpen('INBOX', { readOnly: true })
    if (exists === 0) return []
    const mails = await client.fetchAll('1:*', { uid: true, source: true })
    return await Promise.all(mails.map(({ source }) => asRead(source ?? Buffer.alloc(0))))
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
