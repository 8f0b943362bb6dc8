import { billingLink } from '../domain/billing-link.ts'
import type { CalendarEntry } from '../domain/calendar.ts'
import { policyFor, type Rules } from '../domain/rules.ts'
import type { MailContent, MailKind } from '../mail/content.ts'
import { sampleAt } from '../mail/samples.ts'
import { unsubscribeUrl } from '../mail/unsubscribe-links.ts'
import { signUnsubscribeToken } from '../mail/unsubscribe-token.ts'
import type { SenderSetting } from './sender.ts'

/** No contact has this id, and the link names no address: whoever follows it in a sample stops nobody's mail. */
const CONTACT_ID = 'con_sample'

/** A sample mail as this company would send it at `now`. */
export function sampleContent(
  setting: SenderSetting,
  { kind, now, locale }: Readonly<{ kind: MailKind; now: Date; locale: string }>,
): MailContent {
  const sample = sampleAt(kind, now)
  const target = { contactId: CONTACT_ID, accountId: sample.account.id, addressHash: null, locale }
  const token = signUnsubscribeToken(target, setting.linkSecret)
  return {
    ...sample,
    locale,
    calendar: calendarOf(sample, setting.rules),
    billingUrl: billingLink(setting.rules.billingUrl ?? sample.billingUrl, {
      ...{ account: sample.account.id, contact: CONTACT_ID },
      ...{ grant: sample.lines[0]?.grantId ?? '', category: sample.category },
    }),
    unsubscribeUrl: unsubscribeUrl(setting.publicUrl, token),
    sender: { name: setting.from.name ?? setting.from.address, postalAddress: setting.postalAddress },
  }
}

/** As if nobody had been told of these credits before. */
function calendarOf({ category, lines }: MailContent, rules: Rules): readonly CalendarEntry[] {
  return lines
    .filter(({ kind }) => policyFor(rules, kind).calendar)
    .flatMap(({ grantId, name, kind, expiresAt }) =>
      expiresAt === null
        ? []
        : [
            {
              ...{ grantId, name, kind, expiresAt },
              ...{ firstMailId: 'sample', sequence: 0, isCancelled: category === 'expired' },
            },
          ],
    )
}
