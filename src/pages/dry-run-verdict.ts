import { html } from 'hono/html'
import { normaliseAddress } from '../domain/address.ts'
import { sumDecimals } from '../domain/amount.ts'
import { describeFirstSweep } from '../domain/first-sweep.ts'
import { CATEGORIES } from '../domain/model.ts'
import { byCodeUnit } from '../domain/order.ts'
import { type AllowedRecipients, describeAllowed } from '../domain/recipients.ts'
import type { DryRun } from '../jobs/dry-run.ts'
import type { DryRunReport } from '../jobs/dry-run-report.ts'
import { showable } from './data-table.ts'
import type { Html } from './document.ts'
import { CATEGORY_TITLES, count, instantInWords } from './dry-run-words.ts'
import { stakesTable } from './stakes-table.ts'

/** What a run would do, in a few sentences. */
export function verdict({ run, accountId }: DryRunReport, allowed: AllowedRecipients | null): Html {
  const { asOf, emails, first } = run
  return html`<header>
<h1>Dry run as of ${instantInWords(asOf)}</h1>
<p class="soft">${accountId === null ? '' : html`About the account <bdi>${showable(accountId)}</bdi> alone. `}Nothing was sent.</p>
</header>
<main>
<section class="card verdict ${toneOf(run)}" aria-label="Verdict">
<p><strong>${whatGoes(run)}</strong></p>
<p class="sign ${toneOf(run)}">${guardInWords(run)}</p>
${(first === null ? [] : describeFirstSweep(first)).map((line) => html`<p class="soft">${sentence(line)}</p>`)}
${allowed === null ? '' : html`<p class="soft">${describeAllowed(allowed)}.</p>`}
${emails.length === 0 ? '' : html`${byCategory(run)}${atStake(run)}`}
</section>`
}

/** How it is seen before it is read. */
function toneOf({ heldBecause, emails }: DryRun): 'bad' | 'good' | 'quiet' {
  if (heldBecause !== null) return 'bad'
  return emails.length === 0 ? 'quiet' : 'good'
}

/** How many mails of each sort. */
function byCategory({ emails }: DryRun): Html {
  const groups = Map.groupBy(emails, ({ category }) => category)
  return html`<dl class="figures">${CATEGORIES.filter((category) => groups.has(category)).map(
    (category) =>
      html`<div><dt>${CATEGORY_TITLES[category]}</dt><dd>${count(groups.get(category)?.length ?? 0, 'mail')}</dd></div>`,
  )}</dl>`
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
  const stakes = CATEGORIES.flatMap((category) => {
    const lines = emails.flatMap((mail) => (mail.category === category ? mail.lines : []))
    const grants = [...new Map(lines.map((line) => [line.grantId, line])).values()]
    const groups = Map.groupBy(grants, ({ unit, kind }) => JSON.stringify([unit, kind]))
    return [...groups]
      .toSorted(([a], [b]) => byCodeUnit(a, b))
      .map(([, group]) => {
        const { unit = '', kind = '' } = group[0] ?? {}
        return { category, unit, kind, grants: group.length, amount: sumDecimals(group.map(({ amount }) => amount)) }
      })
  })
  return stakesTable(stakes)
}
