import type { Transaction } from './database.ts'

/** A dictionary as it is kept: compressed, and known by the hash of its content. */
export type KeptDictionary = Readonly<{ hash: string; content: Uint8Array }>

/** Keeps a dictionary, once for each content, however many processes do. @returns its id */
export async function keepDictionary(db: Transaction, { hash, content }: KeptDictionary): Promise<number> {
  const known = await findDictionary(db, hash)
  if (known !== null) return known
  await db.$executeRawUnsafe(
    `INSERT INTO reminders.mail_dictionaries (hash, content) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`,
    hash,
    content,
  )
  const kept = await findDictionary(db, hash)
  if (kept === null) throw new Error('a dictionary that was just kept is not there')
  return kept
}

async function findDictionary(db: Transaction, hash: string): Promise<number | null> {
  const found = await db.mailDictionary.findUnique({ where: { hash }, select: { id: true } })
  return found?.id ?? null
}
