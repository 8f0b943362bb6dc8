import { openForPreview } from '../../../src/compose-mails.ts'
import { parseRules } from '../../../src/config/rules-file.ts'
import { previewSample } from '../../../src/jobs/preview.ts'
import { signerFor } from '../../../src/mail/dkim.ts'
import { messageSource } from '../../../src/mail/source.ts'
import { signingKey, type TxtRecords } from '../../support/signing.ts'

/** A mail as it comes in at the server of its reader. */
export type SampleMail = Readonly<{ what: string; locale: string; raw: Buffer }>

const HOST = 'mail.acme.example'
const IP = '203.0.113.5'

/** How all of them came. */
export const ARRIVAL = { ip: IP, helo: HOST, hostname: HOST, from: 'billing@acme.example', rcpt: 'reader@example.com' }

/** Each of the mails in each language, and once more with a calendar file, signed; and what a company that has done its part publishes in DNS. */
export async function sampleMails(): Promise<Readonly<{ mails: readonly SampleMail[]; records: TxtRecords }>> {
  const { key, records } = signingKey()
  const sign = signerFor(key)
  const setting = await openForPreview({
    MAIL_FROM: 'Acme Billing <billing@acme.example>',
    MAIL_POSTAL_ADDRESS: '1 Example Street, Example City',
    PUBLIC_URL: 'https://reminders.acme.example',
  })
  const asOf = new Date()
  const received = `Received: by mx.example.com with ESMTPS;\r\n\t${asOf.toUTCString().replace('GMT', '+0000')}\r\n`
  const mails: SampleMail[] = []
  const add = async (given: typeof setting, locale: string, more = '') => {
    for (const { kind, message } of previewSample(given, { asOf, locale }))
      mails.push({
        what: `${kind} ${locale}${more}`,
        locale,
        raw: Buffer.concat([Buffer.from(received), await sign(messageSource(message))]),
      })
  }
  for (const locale of setting.renderer.locales) await add(setting, locale)
  const rules = parseRules('policies: { default: { calendar: true } }')
  await add({ ...setting, sender: { ...setting.sender, rules } }, 'en', ' with a calendar file')
  return {
    mails,
    records: { ...records, 'acme.example': `v=spf1 ip4:${IP} -all`, '_dmarc.acme.example': 'v=DMARC1; p=reject' },
  }
}
