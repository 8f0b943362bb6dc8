import PostalMime from 'postal-mime'

/** What a reader of a mail sees first, and its text part. */
export type MailWords = Readonly<{ subject: string; text: string }>

/** Reads a message as a mail program does; null where it is none that can be read. */
export async function readWords(message: Buffer): Promise<MailWords | null> {
  try {
    const { subject = '', text = '' } = await PostalMime.parse(message)
    return { subject, text }
  } catch {
    return null
  }
}
