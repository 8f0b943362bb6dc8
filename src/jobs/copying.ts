import { remembering } from '../domain/memo.ts'
import type { Logger } from '../logger.ts'
import { type MailKind, mailKindOf } from '../mail/content.ts'
import type { Sign } from '../mail/dkim.ts'
import { type Copier, type CopyDictionary, copyOf, packedDictionary } from '../mail/mail-copy.ts'
import type { Renderer } from '../mail/render.ts'
import { SAMPLES } from '../mail/samples.ts'
import { messageSource } from '../mail/source.ts'
import { unsubscribeUrl } from '../mail/unsubscribe-links.ts'
import type { Database } from '../store/database.ts'
import { keepDictionary } from '../store/mail-dictionaries.ts'
import { type SenderSetting, writeMessage } from './sender.ts'

type CopierSetting = Readonly<{
  db: Database
  log: Logger
  sender: SenderSetting
  renderer: Renderer
  sign: Sign | null
}>

/** Of each kind in each language; a company's own languages included. */
const MAX_DICTIONARIES = 400
/** The database may be away. Meanwhile copies are larger. */
const TRIED_AGAIN_AFTER_MS = 60_000

/**
 * Copies of what was handed over and may have arrived: always its hash, and the mail itself where the rules keep mails.
 * It is compressed with a sample of the same kind and language: docs/decisions/0035-proof-of-notice.md.
 */
export function createCopier(setting: CopierSetting): Copier {
  const { renderer, sender } = setting
  const keepsMails = sender.rules.keepMails !== null
  const dictionaryFor = remembering(
    MAX_DICTIONARIES,
    (kind: MailKind, language: string) => `${kind} ${language}`,
    (kind, language) => keptSample(setting, kind, language),
  )
  return {
    prepare: async (content) => {
      if (!keepsMails) return null
      // Not the locale: those come from rows, and may be any number.
      return dictionaryFor(mailKindOf(content), renderer.wordsFor(content.locale).language)()
    },
    copy: ({ source }, dictionary) =>
      source === undefined ? null : copyOf(source, keepsMails ? { dictionary } : null),
  }
}

/** Kept in the database at the first use. Where that fails, mails go without it, and it is tried again later. */
function keptSample(setting: CopierSetting, kind: MailKind, language: string): () => Promise<CopyDictionary | null> {
  let kept: Promise<CopyDictionary | null> | null = null
  let notBeforeMs = 0
  return async () => {
    if (kept !== null) return kept
    if (performance.now() < notBeforeMs) return null
    kept = keepSample(setting, kind, language).catch((error) => {
      setting.log.warn({ kind, language, err: error }, 'copies of mails are kept without a dictionary for now')
      notBeforeMs = performance.now() + TRIED_AGAIN_AFTER_MS
      kept = null
      return null
    })
    return kept
  }
}

async function keepSample(setting: CopierSetting, kind: MailKind, locale: string): Promise<CopyDictionary> {
  const content = await sampleSource(setting, kind, locale)
  return { id: await keepDictionary(setting.db, packedDictionary(content)), content }
}

/** What parts of a message are told apart by: random in each, and here the same in all processes. */
const BOUNDARY = /--_[0-9a-f-]{36}/g
const FIXED_BOUNDARY = `--_${'0'.repeat(36)}`
/** Of about the length that real ones have. */
const SAMPLE_TOKEN = 'sample'.repeat(16)

/** A mail of the kind as this company sends it, to nobody. */
async function sampleSource(
  { sender, renderer, sign }: CopierSetting,
  kind: MailKind,
  locale: string,
): Promise<Buffer> {
  const { from, publicUrl, postalAddress } = sender
  const content = {
    ...SAMPLES[kind],
    locale,
    unsubscribeUrl: unsubscribeUrl(publicUrl, SAMPLE_TOKEN),
    sender: { name: from.name ?? from.address, postalAddress },
    billingUrl: sender.rules.billingUrl,
  }
  const to = { name: 'Ana', address: 'ana@example.com' }
  const message = writeMessage(sender, renderer, { content, to, messageId: '<sample@example.com>' })
  const source = Buffer.from(messageSource(message).toString('latin1').replaceAll(BOUNDARY, FIXED_BOUNDARY), 'latin1')
  return sign === null ? source : await sign(source)
}
