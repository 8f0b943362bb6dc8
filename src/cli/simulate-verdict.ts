import { describeMailDifference, describeWarnedDifference } from '../domain/mail-difference.ts'
import { CATEGORIES } from '../domain/model.ts'
import type { MailTotals, SimulatedPeriod, WarnedPerson, WarnedTotals } from '../domain/simulation.ts'
import { formatAmount } from '../domain/wording.ts'
import type { SimulationReport } from '../jobs/simulation-report.ts'
import { printable, style } from './output.ts'
import { signed } from './simulate-chart.ts'
import { count, drawTable, LOCALE, nameInShort, shorten, TITLES, tableWidth } from './simulate-words.ts'

/** Those who are warned by one of two sets of rules only, as far as they are named. */
export type People = Readonly<Record<'noLongerWarned' | 'newlyWarned', readonly WarnedPerson[]>>

/** What a period comes to. */
export function singleLines({ side: { name, period } }: SimulationReport, width: number | null): readonly string[] {
  const { totals, largestDay } = period
  const whom = `${count(totals.people, 'person', 'people')} of ${count(totals.accounts, 'account')}`
  return [
    `Under ${nameInShort(name)}: ${style('bold', `${count(totals.emails, 'mail')} to ${whom}`)}, in ${count(period.sweeps, 'sweep')}.`,
    ...(largestDay === null ? [] : [`The largest day is ${largestDay.day} with ${count(largestDay.emails, 'mail')}.`]),
    '',
    ...stakeTable(totals, width),
  ]
}

/** By sort of mail, unit and kind, never across units: a grant counts once in each. */
function stakeTable({ stakes }: MailTotals, width: number | null): readonly string[] {
  const rows = stakes.map(({ category, unit, kind, grants, amount }) => [
    TITLES[category],
    shorten(kind),
    grants.toLocaleString(LOCALE),
    printable(formatAmount(amount, unit, LOCALE)),
  ])
  return drawTable([['mail', 'kind', 'grants', 'amount'], ...rows], { numbers: [2, 3], shrinkable: [1], width })
}

type Compared = SimulationReport & Readonly<{ compared: NonNullable<SimulationReport['compared']> }>

/** What two sets of rules differ in, and what a period comes to under each. */
export function comparedLines({ side, compared }: Compared, people: People, width: number | null): readonly string[] {
  const names = [nameInShort(side.name), nameInShort(compared.name)] as const
  const [a, b] = [side.period, compared.period]
  const row = (title: string, of: (period: SimulatedPeriod) => number) => {
    const [before, after] = [of(a), of(b)]
    const change = before === after ? '' : signed(after - before)
    return [title, before.toLocaleString(LOCALE), after.toLocaleString(LOCALE), change]
  }
  return [
    style('bold', describeMailDifference(a.totals.emails, b.totals.emails)),
    `Under ${names[1]}, ${describeWarnedDifference(compared.comparison)}`,
    '',
    ...settingLines(compared.settings, names, width),
    '',
    style('bold', 'What the period brings'),
    ...drawTable(
      [
        ['', ...names, 'change'],
        row('mails', ({ totals }) => totals.emails),
        ...CATEGORIES.filter((category) => [a, b].some(({ totals }) => totals.byCategory[category] > 0)).map(
          (category) => row(`  ${TITLES[category].toLowerCase()}`, ({ totals }) => totals.byCategory[category]),
        ),
        row('people', ({ totals }) => totals.people),
        row('accounts', ({ totals }) => totals.accounts),
        row('mails on the largest day', ({ largestDay }) => largestDay?.emails ?? 0),
        ['the largest day', a.largestDay?.day ?? 'none', b.largestDay?.day ?? 'none', ''],
        row('sweeps held for approval', ({ held }) => held.length),
      ],
      { numbers: [1, 2, 3], shrinkable: [1, 2], width },
    ),
    ...personLines('No longer warned', {
      ...{ totals: compared.comparison.noLongerWarned, named: people.noLongerWarned, elsewhere: names[1], width },
    }),
    ...personLines('Newly warned', {
      ...{ totals: compared.comparison.newlyWarned, named: people.newlyWarned, elsewhere: names[0], width },
    }),
  ]
}

/** Settings are never cut: where a table of them is too wide, each of their values has a line. */
function settingLines(
  settings: Compared['compared']['settings'],
  names: readonly string[],
  width: number | null,
): readonly string[] {
  if (settings.length === 0) return [style('bold', 'The two sets of rules say the same.')]
  const rows = settings.map(({ setting, one, other }) => [setting, one, other].map(printable))
  const table = [['setting', ...names], ...rows]
  const fits = width === null || tableWidth(table) <= width
  return [
    style('bold', 'What the rules differ in'),
    ...(fits
      ? drawTable(table, { numbers: [], shrinkable: [], width: null })
      : rows.flatMap(([setting = '', ...values]) => [
          ` ${setting}`,
          ...values.map((value, at) => `   ${names[at]}: ${value}`),
        ])),
  ]
}

type Warned = Readonly<{
  totals: WarnedTotals
  named: readonly WarnedPerson[]
  /** The rules that do not warn them. */
  elsewhere: string
  width: number | null
}>

function personLines(title: string, { totals, named, elsewhere, width }: Warned): readonly string[] {
  const outside = totals.outsidePeriod
  const beside =
    outside === 0
      ? []
      : [`Warned at another time: ${count(outside, 'person', 'people')}, before the period or, perhaps, after it.`]
  if (totals.people === 0) return ['', `${title}: nobody.`, ...beside]
  const rows = named.map(({ accountName, accountId, to, grantIds, ofNothing }) => [
    shorten(`${accountName} (${accountId})`),
    shorten(to),
    grantIds.length.toLocaleString(LOCALE),
    ofNothing ? 'not warned' : 'of others only',
  ])
  const more = totals.people - named.length
  const whom = `${count(totals.people, 'person', 'people')} of ${count(totals.accounts, 'account')}; ${count(totals.grants, 'grant')}`
  return [
    '',
    style('bold', `${title}: ${whom}`),
    ...drawTable([['account', 'to', 'grants', elsewhere], ...rows], { numbers: [2], shrinkable: [0, 1, 3], width }),
    ...(more > 0 ? [` and ${count(more, 'person', 'people')} more; --format json names each`] : []),
    ...beside,
  ]
}
