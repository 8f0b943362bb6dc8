import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { PoolOptions } from './smtp-options.ts'

const KNOWN_FOR_MS = 10 * 60_000

/**
 * Asks the server, when first needed, whether it takes addresses in other alphabets (RFC 6531), and remembers the
 * answer for ten minutes. The pool itself would send them to a server that does not. Rejects where there is no answer.
 */
export function offersSmtpUtf8(options: PoolOptions): () => Promise<boolean> {
  let asked: { atMs: number; answer: Promise<boolean> } | null = null
  return () => {
    if (asked === null || performance.now() - asked.atMs > KNOWN_FOR_MS) {
      const answer = ask(options)
      asked = { atMs: performance.now(), answer }
      // That a server is down says nothing about it once it is up.
      answer.catch(() => {
        asked = null
      })
    }
    return asked.answer
  }
}

function ask(options: PoolOptions): Promise<boolean> {
  const connection = new SMTPConnection(options)
  return new Promise((resolve, reject) => {
    connection.once('error', reject)
    connection.once('end', () => reject(new Error('the server closed the connection')))
    connection.connect((error) => {
      if (error) return reject(error)
      const { lastServerResponse } = connection as unknown as { lastServerResponse: string | false }
      resolve(/\bSMTPUTF8\b/i.test(lastServerResponse || ''))
      connection.quit()
    })
  })
}
