import { html } from 'hono/html'
import { localTime } from '../domain/local-time.ts'
import { expiryOfInstant } from '../domain/never.ts'
import { formatAmount } from '../domain/wording.ts'
import type { ProvenCopy, ProvenMail } from '../jobs/proof.ts'
import type { MailWords } from '../mail/read-words.ts'
import type { Html } from './document.ts'
import { definitions, LOCALE, own, reasonText, shown, TITLES, table, utc } from './proof-parts.ts'

/** One mail that told of the grant: when, what it told, every try, its copies, and what came back. */
export function mailCard({ mail, isAccepted, copies }: ProvenMail, number: number, grantId: string): Html {
  const last = mail.deliveries.findLast(({ outcome }) => outcome === 'sent')
  const heading = `mail-${number}`
  return html`<section class="card" aria-labelledby="${heading}"><h2 id="${heading}">Mail ${number}: ${TITLES[mail.category]}</h2>
${definitions([
  ['To', own(mail.toAddress)],
  ['Contact', own(mail.contactId)],
  ['Message-ID', own(mail.messageId)],
  [
    isAccepted ? 'Taken by the mail server' : 'In doubt',
    mail.sentAt === null
      ? 'the line broke, or the sender died, after it was handed over: it may have arrived'
      : html`${utc(mail.sentAt)}, on the reader’s clock ${localTime(mail.sentAt, mail.timeZone)} (${own(mail.timeZone)})`,
  ],
  ['Its words', own(last?.reply ?? '')],
  ['Rules', html`<code>${mail.sweep.rulesHash}</code>`],
])}
<h3>What it told</h3>
${table(
  ['Grant', 'Stage', 'Amount', 'Expiry that it named', 'Due', 'State'],
  mail.notices.map((notice) => [
    notice.grantId === grantId ? html`<strong>${own(notice.grantId)}</strong>` : own(notice.grantId),
    own(notice.stage),
    formatAmount(notice.amount, notice.unit, LOCALE),
    expiryText(notice.expiresAt, mail.timeZone),
    utc(notice.dueAt),
    notice.reason === null ? notice.state : `${notice.state}: ${reasonText(notice.reason)}`,
  ]),
)}
<h3>Every try</h3>
${table(
  ['Try', 'At', 'Outcome', 'Stage', 'What the server said'],
  mail.deliveries.map(({ number: attempt, at, outcome, stage, reply }) => [
    String(attempt),
    utc(at),
    outcome,
    stage,
    own(reply),
  ]),
)}
<h3>The mail as it was handed over</h3>
<ul>${copies.map(copyItem)}${triesWithoutCopy({ mail, copies }).map(
    (attempt) =>
      html`<li>Try ${attempt}: no copy and no hash. It was sent by a version that kept none, or the process ended before it could write what it had sent.</li>`,
  )}</ul>
${
  mail.reports.length === 0
    ? ''
    : html`<h3>What came back</h3>${table(
        ['At', 'What', 'Status', 'Words', 'By'],
        mail.reports.map(({ receivedAt, kind, status, diagnostic, source }) => [
          utc(receivedAt),
          REPORTS[kind] ?? kind,
          own(status ?? ''),
          own(diagnostic ?? ''),
          source,
        ]),
      )}`
}
</section>`
}

const REPORTS: Readonly<Record<string, string>> = {
  failed: 'a bounce: it was not delivered',
  delayed: 'a report: it is delayed',
  complaint: 'a complaint of its reader',
  other: 'a report that tells of no failure',
}

/** Tries that may have arrived, and of which nobody was there to keep anything. */
function triesWithoutCopy({ mail, copies }: Pick<ProvenMail, 'mail' | 'copies'>): readonly number[] {
  const mayHaveArrived = mail.deliveries.filter(({ outcome }) => outcome === 'sent' || outcome === 'uncertain')
  return mayHaveArrived
    .map(({ number }) => number)
    .filter((number) => !copies.some(({ attempt }) => attempt === number))
}

function copyItem({ attempt, state, file, sourceHash, sourceBytes, words }: ProvenCopy): Html {
  const hash = html`SHA-256 <code>${sourceHash}</code>, ${sourceBytes} octets`
  switch (state) {
    case 'whole':
      return html`<li>Try ${attempt}: <a href="${file}">${file}</a>, ${hash}. <span class="good">It is what was handed over: it has the hash that was kept then.</span>${words === null ? '' : wordsOf(words, attempt)}</li>`
    case 'hash-only':
      return html`<li>Try ${attempt}: ${hash}. Only the hash is left: its time is over (<code>keepMails</code>), mails are not kept, or whom it went to was forgotten. A copy from elsewhere that has this hash is the mail.</li>`
    case 'altered':
      return html`<li>Try ${attempt}: ${hash}. <strong class="bad">What the ledger holds as its copy does not have this hash: it was changed since, and is no proof. It is not part of this folder.</strong></li>`
  }
}

function wordsOf({ subject, text }: MailWords, attempt: number): Html {
  return html`<p>Subject: ${own(subject)}</p>
<details><summary>Its text</summary><div class="wide" role="region" aria-label="Text of try ${attempt}" tabindex="0"><pre dir="auto">${text.split(/\r?\n/).map(shown).join('\n')}</pre></div></details>`
}

function expiryText(expiresAt: Date, timeZone: string): string {
  const at = expiryOfInstant(expiresAt)
  return at === null ? 'never any more' : `${utc(at)} (${localTime(at, timeZone)})`
}
