import { html } from 'hono/html'
import { normaliseAddress } from '../domain/address.ts'
import { sumDecimals } from '../domain/amount.ts'
import { describeFirstSweep } from '../domain/first-sweep.ts'
import { CATEGORIES } from '../domain/model.ts'
import { byCodeUnit } from '../domain/order.ts'
import { type AllowedRecipients, describeAllowed } from '../domain/recipients.ts'
import { formatAmount } from '../domain/wording.ts'
import type { DryRun } from '../jobs/dry-run.ts'
import type { DryRunReport } from '../jobs/dry-run-report.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { CATEGORY_TITLES, count, instantInWords, LOCALE } from './dry-run-words.ts'

/** What a run would do, in a few sentences. */
export function verdict({ run, accountId }: DryRunReport, allowed: AllowedRecipients | null): Html {
  const { asOf, emails, heldBecause, first } = run
  return html`<header>
<h1>Dry run as of ${instantInWords(asOf)}</h1>
<p class="soft">${accountId === null ? '' : html`About the account <bdi>${showable(accountId)}</bdi> alone. `}Nothing was sent.</p>
</header>
<main>
<section class="card verdict ${heldBecause === null ? '' : 'bad'}" aria-label="Verdict">
<p><strong>${whatGoes(run)}</strong></p>
<p>${guardInWords(run)}</p>
${(first === null ? [] : describeFirstSweep(first)).map((line) => html`<p class="soft">${sentence(line)}</p>`)}
${allowed === null ? '' : html`<p class="soft">${describeAllowed(allowed)}.</p>`}
${emails.length === 0 ? '' : atStake(run)}
</section>`
}

function whatGoes({ emails, skipped, heldBecause }: DryRun): string {
  if (emails.length === 0) {
    return skipped.length === 0
      ? 'A run would send nothing: no grant is near its expiry, or has just expired.'
      : 'A run would send nothing: nobody is due a mail. Why not is said below, grant by grant.'
  }
  const accounts = new Set(emails.map(({ accountId }) => accountId)).size
  const people = new Set(emails.map(({ to }) => normaliseAddress(to))).size
  const mails = count(emails.length, 'mail')
  return `A run would ${heldBecause === null ? 'send' : 'plan'} ${mails} to ${count(people, 'person', 'people')} of ${count(accounts, 'account')}.`
}

function guardInWords({ heldBecause, emails, retried }: DryRun): string {
  if (heldBecause !== null) {
    const goes = retried === 0 ? '' : `, but for ${count(retried, 'mail')} of earlier sweeps`
    return `It would hold all of it for approval${goes}: ${heldBecause}.`
  }
  return emails.length === 0
    ? 'All is well: there is nothing to do.'
    : 'It would send them at once: no limit holds them.'
}

function sentence(line: string): string {
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}.`
}

/** By sort of mail, unit and kind, and never across units. A grant that two people are told of counts once. */
function atStake({ emails }: DryRun): Html {
  const rows = CATEGORIES.flatMap((category) => {
    const lines = emails.flatMap((mail) => (mail.category === category ? mail.lines : []))
    const grants = [...new Map(lines.map((line) => [line.grantId, line])).values()]
    const groups = Map.groupBy(grants, ({ unit, kind }) => JSON.stringify([unit, kind]))
    return [...groups].toSorted(([a], [b]) => byCodeUnit(a, b)).map(([, group]) => ({ category, group }))
  })
  return html`<div class="wide" role="region" aria-label="What is at stake" tabindex="0"><table>
<caption>What is at stake, by unit and kind</caption>
<thead><tr><th scope="col">Mail</th><th scope="col">Kind</th><th scope="col" class="number">Grants</th><th scope="col" class="number">Amount</th></tr></thead>
<tbody>${rows.map(({ category, group }) => {
    const { unit = '', kind = '' } = group[0] ?? {}
    const total = formatAmount(sumDecimals(group.map(({ amount }) => amount)), unit, LOCALE)
    return html`<tr><td>${CATEGORY_TITLES[category]}</td><td><bdi>${showable(kind)}</bdi></td><td class="number">${group.length.toLocaleString(LOCALE)}</td><td class="number"><bdi>${showable(total)}</bdi></td></tr>`
  })}</tbody>
</table></div>`
}
