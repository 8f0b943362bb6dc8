import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { PoolOptions } from './smtp-options.ts'

const KNOWN_FOR_MS = 10 * 60_000

/**
 * Asks the server, when first needed, whether it takes addresses in other alphabets (RFC 6531), and remembers the
 * answer for ten minutes. The pool itself would send them to a server that does not.
 */
export function offersSmtpUtf8(options: PoolOptions): () => Promise<boolean> {
  let asked: { atMs: number; answer: Promise<boolean> } | null = null
  return () => {
    if (asked === null || performance.now() - asked.atMs > KNOWN_FOR_MS) {
      asked = { atMs: performance.now(), answer: ask(options) }
    }
    return asked.answer
  }
}

/** False also where the server cannot be reached: the mail is then not sent, and not lost either. */
function ask(options: PoolOptions): Promise<boolean> {
  const connection = new SMTPConnection(options)
  return new Promise((resolve) => {
    connection.once('error', () => resolve(false))
    connection.once('end', () => resolve(false))
    connection.connect(() => {
      const { lastServerResponse } = connection as unknown as { lastServerResponse: string | false }
      resolve(/\bSMTPUTF8\b/i.test(lastServerResponse || ''))
      connection.quit()
    })
  })
}
