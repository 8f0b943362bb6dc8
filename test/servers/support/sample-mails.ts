import { openForPreview } from '../../../src/compose-mails.ts'
import { parseRules } from '../../../src/config/rules-file.ts'
import { PLACEHOLDER_ADDRESS, type PreviewedMail, type PreviewSetting, previewMail } from '../../../src/jobs/preview.ts'
import { sampleContent } from '../../../src/jobs/sample-mail.ts'
import { MAIL_KINDS } from '../../../src/mail/content.ts'
import { signerFor } from '../../../src/mail/dkim.ts'
import { messageSource } from '../../../src/mail/source.ts'
import { signingKey, type TxtRecords } from '../../support/signing.ts'

/** A mail as it comes in at the server of its reader. */
export type SampleMail = Readonly<{ what: string; locale: string; raw: Buffer }>

const HOST = 'mail.acme.example'
const IP = '203.0.113.5'

/** How all of them came. */
export const ARRIVAL = { ip: IP, helo: HOST, hostname: HOST, from: 'billing@acme.example', rcpt: 'reader@example.com' }

/** What a company is called, and where it is; its customer, the reader there, and what the credits are called. */
type Names = Readonly<Record<'company' | 'address' | 'account' | 'reader' | 'credits', string>>

const LATIN: Names = {
  company: 'Acme Billing',
  address: '1 Example Street, Example City',
  account: 'Nordwind Analytics',
  reader: 'Ana',
  credits: 'Prepaid credits',
}
/** Where all names beside Cyrillic words are Latin, SpamAssassin takes the words for Latin ones in disguise. */
const NAMES_BY_LOCALE: Readonly<Record<string, Names>> = {
  ru: {
    company: 'Пример',
    address: 'Москва, Примерная улица, 1',
    account: 'ООО «Северный ветер»',
    reader: 'Анна',
    credits: 'Предоплата',
  },
  uk: {
    company: 'Приклад',
    address: 'Київ, вулиця Зразкова, 1',
    account: 'ТОВ «Північний вітер»',
    reader: 'Ганна',
    credits: 'Передплата',
  },
}

/** Each of the mails in each language, and once more with a calendar file, signed; and what a company that has done its part publishes in DNS. */
export async function sampleMails(): Promise<Readonly<{ mails: readonly SampleMail[]; records: TxtRecords }>> {
  const { key, records } = signingKey()
  const sign = signerFor(key)
  const settingOf = ({ company, address }: Names) =>
    openForPreview({
      MAIL_FROM: `${company} <billing@acme.example>`,
      MAIL_POSTAL_ADDRESS: address,
      PUBLIC_URL: 'https://reminders.acme.example',
    })
  const setting = await settingOf(LATIN)
  const asOf = new Date()
  const received = `Received: by mx.example.com with ESMTPS;\r\n\t${asOf.toUTCString().replace('GMT', '+0000')}\r\n`
  const mails: SampleMail[] = []
  const add = async (given: typeof setting, locale: string, more = '') => {
    for (const { kind, message } of previewsOf(given, { asOf, locale }))
      mails.push({
        what: `${kind} ${locale}${more}`,
        locale,
        raw: Buffer.concat([Buffer.from(received), await sign(messageSource(message))]),
      })
  }
  for (const locale of setting.renderer.locales) await add(await settingOf(namesIn(locale)), locale)
  const rules = parseRules('policies: { default: { calendar: true } }')
  await add({ ...setting, sender: { ...setting.sender, rules } }, 'en', ' with a calendar file')
  return {
    mails,
    records: { ...records, 'acme.example': `v=spf1 ip4:${IP} -all`, '_dmarc.acme.example': 'v=DMARC1; p=reject' },
  }
}

function namesIn(locale: string): Names {
  return NAMES_BY_LOCALE[locale] ?? LATIN
}

function previewsOf(
  setting: PreviewSetting,
  { asOf, locale }: Readonly<{ asOf: Date; locale: string }>,
): readonly PreviewedMail[] {
  const { account, reader, credits } = namesIn(locale)
  return MAIL_KINDS.map((kind) => {
    const sample = sampleContent(setting.sender, { kind, now: asOf, locale })
    const content = {
      ...sample,
      account: { ...sample.account, name: account },
      recipient: { name: reader },
      lines: sample.lines.map((line) => ({ ...line, name: line.name && credits })),
    }
    return previewMail(setting, { kind, content, to: { name: reader, address: PLACEHOLDER_ADDRESS } })
  })
}
