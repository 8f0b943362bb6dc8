import { asksForCalendar } from '../domain/calendar.ts'
import { confirmMail, type PendingMail } from '../domain/confirm.ts'
import { NEVER_EXPIRES } from '../domain/never.ts'
import { momentAt } from '../domain/reach.ts'
import type { Logger } from '../logger.ts'
import { mailKindOf } from '../mail/content.ts'
import { withPicturesInside } from '../mail/inline-image.ts'
import { readFilesOfMails } from '../store/account-files.ts'
import { readAnnounced } from '../store/announced.ts'
import type { Database } from '../store/database.ts'
import { type ForeseenMail, noticesOf } from './dry-run.ts'
import { seeHalfPlanned } from './half-planned.ts'
import { type HoldingsReader, openHoldings } from './holdings.ts'
import { type PreviewSetting, previewMail } from './preview.ts'
import type { Progress } from './progress.ts'
import { contentOf } from './sender.ts'
import type { Ways } from './split-sweep.ts'

/** A mail as its reader would see it. */
export type RenderedMail = Readonly<{
  subject: string
  preheader: string
  /** A page that stands alone: its pictures stand in it. */
  html: string
}>

export type RenderSetting = Ways & Readonly<{ db: Database; preview: PreviewSetting; log: Logger }>

/** Mails that are read together. */
const GROUP_MAILS = 50

/**
 * Foreseen mails in the words in which a run at that time would send them: read, confirmed and written as its delivery
 * does, with what each account holds besides. Null stands for one that is no longer to be sent, its grants having changed
 * since it was foreseen.
 *
 * @param monotonicMs a clock that only goes forward
 */
export async function renderForeseen(
  setting: RenderSetting,
  { asOf, mails }: Readonly<{ asOf: Date; mails: readonly ForeseenMail[] }>,
  { progress, monotonicMs }: Readonly<{ progress: Progress; monotonicMs: () => number }>,
): Promise<readonly (RenderedMail | null)[]> {
  const readHoldings = await openHoldings(setting, monotonicMs)
  const rendered: (RenderedMail | null)[] = []
  for (let start = 0; start < mails.length; start += GROUP_MAILS) {
    const group = mails.slice(start, start + GROUP_MAILS)
    rendered.push(...(await renderGroup({ ...setting, readHoldings }, group, asOf)))
    progress.advance(group.length)
  }
  return rendered
}

async function renderGroup(
  setting: RenderSetting & Readonly<{ readHoldings: HoldingsReader }>,
  mails: readonly ForeseenMail[],
  asOf: Date,
): Promise<readonly (RenderedMail | null)[]> {
  const { db, rules, locales, preview } = setting
  const pending = mails.map(pendingMail)
  const accountIds = [...new Set(mails.map(({ accountId }) => accountId))]
  const files = await readFilesOfMails(db, pending, await seeHalfPlanned(db, setting))
  const holdings = await setting.readHoldings(accountIds, asOf)
  const announced = asksForCalendar(rules) ? await readAnnounced(db, accountIds, asOf) : null
  const moment = momentAt(rules, asOf)
  return pending.map((mail) => {
    const { accountId } = mail
    const file = files.get(accountId)
    if (file === undefined) return null
    const known = { ...file, holdings: holdings.get(accountId), announced: announced?.get(accountId) }
    const confirmation = confirmMail(mail, known, { moment, locales })
    if (confirmation.lines.length === 0) return null
    const content = contentOf(preview.sender, mail, confirmation, asOf)
    const to = { name: confirmation.contact?.name ?? null, address: confirmation.to }
    const { message, preheader } = previewMail(preview, { kind: mailKindOf(content), content, to })
    const html = withPicturesInside(message.html, preview.renderer.images)
    return { subject: message.subject, preheader, html }
  })
}

/** A foreseen mail as the ledger would hold it once it were planned. */
function pendingMail(mail: ForeseenMail): PendingMail {
  const { accountId, contactId, category } = mail
  return { id: 'planned', accountId, contactId, category, deadline: NEVER_EXPIRES, notices: noticesOf(mail, 'planned') }
}
