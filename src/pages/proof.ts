import { html } from 'hono/html'
import type { CreditGrant } from '../domain/model.ts'
import { formatAmount } from '../domain/wording.ts'
import type { Proof, ProvenRules, UntoldMail } from '../jobs/proof.ts'
import { documentPieces, type Html } from './document.ts'
import { mailCard } from './proof-mail.ts'
import { definitions, LOCALE, own, reasonText, shown, TITLES, table, utc } from './proof-parts.ts'
import { DOCUMENT_STYLE } from './style.ts'

/** The summary of a proof of notice: what the other files of its folder show, for whoever has to judge it. */
export function proofPage(proof: Proof): string {
  const title = `Proof of notice: grant ${shown(proof.grantId)}`
  const pieces = documentPieces({ title, style: DOCUMENT_STYLE, script: null, body: bodyOf(proof) })
  return [...pieces].join('')
}

function* bodyOf(proof: Proof): Generator<Html> {
  yield html`<header><h1>Proof of notice: grant ${own(proof.grantId)}</h1>
<p class="soft">Made at ${utc(proof.madeAt)}${proof.asOf < proof.madeAt ? html`, as the ledger stood at ${utc(proof.asOf)}` : ''}. Times are UTC; where a reader’s own clock is named, its offset stands with it.</p></header>
<main>
<section class="card" aria-labelledby="verdict"><h2 id="verdict">What it shows</h2>
<p class="verdict">${verdictOf(proof)}</p>
${grantFacts(proof)}
</section>`
  for (const [index, told] of proof.told.entries()) yield mailCard(told, index + 1, proof.grantId)
  if (proof.untold.length > 0) yield untoldCard(proof.untold)
  yield rulesCard(proof)
  yield checkCard()
  yield html`</main>`
}

function verdictOf({ told }: Proof): string {
  const accepted = told.filter(({ isAccepted }) => isAccepted)
  const doubtful = told.length - accepted.length
  const people = new Set(told.map(({ mail }) => mail.contactId)).size
  const words = `${count(told.length, 'mail')} told ${count(people, 'contact')} of this grant`
  const taken = `the mail server took ${accepted.length === told.length ? 'all of them' : accepted.length}`
  const inDoubt = doubtful === 0 ? '' : `, and ${doubtful} may or may not have arrived`
  const bounced = told.filter(({ mail }) => mail.reports.some(({ kind }) => kind === 'failed')).length
  return `${words}; ${taken}${inDoubt}.${bounced === 0 ? '' : ` Of ${bounced}, a bounce came back since: not delivered.`}`
}

function grantFacts({ accountId, accountName, grant, grantId }: Proof): Html {
  const account = accountName === null ? own(accountId) : html`${own(accountName)} (${own(accountId)})`
  return definitions([
    ['Grant', own(grantId)],
    ['Account', account],
    ...(grant === null
      ? ([
          ['In billing', 'it is not there any more, or cannot be understood; what the mails said stands below'],
        ] as const)
      : ([
          ['Kind', own(grant.kind)],
          ...(grant.name === null ? [] : [['Name', own(grant.name)] as const]),
          ['Amount', formatAmount(grant.amount, grant.unit, LOCALE)],
          ['Left now', formatAmount(grant.remaining, grant.unit, LOCALE)],
          ['Granted', utc(grant.grantedAt)],
          ['Expires, by billing now', expiryOfBilling(grant.expiresAt)],
        ] as const)),
  ])
}

function expiryOfBilling(expiresAt: CreditGrant['expiresAt']): string {
  if (expiresAt === null) return 'no time is stated: by the policy'
  return expiresAt === 'never' ? expiresAt : utc(expiresAt)
}

function untoldCard(untold: readonly UntoldMail[]): Html {
  return html`<section class="card" aria-labelledby="untold"><h2 id="untold">Mails that did not tell of it</h2>
<p>These were planned to, and did not.</p>
${table(
  ['Contact', 'Planned', 'Mail', 'What came of it'],
  untold.map(({ mail, state, reason }) => [
    own(mail.contactId),
    utc(mail.sweep.asOf),
    TITLES[mail.category],
    reason === null ? state : `${state}: ${reasonText(reason)}`,
  ]),
)}</section>`
}

function rulesCard({ rules, grant }: Proof): Html {
  return html`<section class="card" aria-labelledby="rules"><h2 id="rules">The policy then in force</h2>
${rules.map(
  (each) =>
    html`<p><a href="${each.file}">${each.file}</a>: the rules that the sweep went by. ${
      each.isAsKept
        ? html`Their hash is <code>${each.hash}</code>, and the file has it.`
        : html`<strong class="bad">The ledger knows them by the hash <code>${each.hash}</code>, which this file does not have: they were written by another version, or changed since.</strong>`
    }</p>${policyFigure(each, grant?.kind ?? null)}`,
)}
</section>`
}

/** The policy of the grant's kind, as the file has it. */
function policyFigure({ document }: ProvenRules, kind: string | null): Html | string {
  const policies = (document as { policies?: Readonly<Record<string, unknown>> } | null)?.policies
  if (kind === null || policies === undefined || policies === null) return ''
  const name = Object.hasOwn(policies, kind) ? kind : 'default'
  return html`<p>For grants of the kind ${own(kind)} (${own(name)}):</p>
<div class="wide" role="region" aria-label="Policy" tabindex="0"><pre>${JSON.stringify(policies[name], null, 2) ?? ''}</pre></div>`
}

function checkCard(): Html {
  return html`<section class="card" aria-labelledby="check"><h2 id="check">How to check it</h2>
<p>In this folder, <code>sha256sum -c SHA256SUMS</code> shows that no file was changed since it was written. Each <code>.eml</code> opens in a mail program; where it was signed, its DKIM signature shows that it came from the sender’s domain and is unchanged, for as long as the domain publishes that key. <code>proof.json</code> holds the same facts for machines.</p>
<p class="soft">It shows that the mail server took the mail, and what came back since; not that a person read it.</p></section>`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
