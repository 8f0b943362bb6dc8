import type { SyntaxNode, Tree } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

/** One selector of an expression: `name{label="value"}`. */
export type Selector = Readonly<{
  metric: string
  matchers: readonly Readonly<{ label: string; operator: string; value: string }>[]
}>

/** What an expression asks for: its selectors, and the labels that it groups or joins by. */
export type Asked = Readonly<{ selectors: readonly Selector[]; groupedBy: readonly string[] }>

/** @throws Error with the place of what is no PromQL */
export function readPromql(expression: string): Asked {
  const tree: Tree = parser.parse(expression)
  const textOf = ({ from, to }: Pick<SyntaxNode, 'from' | 'to'>) => expression.slice(from, to)
  const selectors: Selector[] = []
  const groupedBy: string[] = []
  tree.iterate({
    enter: ({ name, node, from }) => {
      if (node.type.isError) throw new Error(`no PromQL at ${from}: ${expression}`)
      if (name === 'VectorSelector') selectors.push(selectorOf(node, textOf))
      if (name === 'GroupingLabels') groupedBy.push(...node.getChildren('LabelName').map(textOf))
    },
  })
  return { selectors, groupedBy }
}

function selectorOf(node: SyntaxNode, textOf: (node: SyntaxNode) => string): Selector {
  const metric = node.getChild('Identifier')
  if (metric === null) throw new Error(`a selector without a name: ${textOf(node)}`)
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
  return {
    metric: textOf(metric),
    matchers: matchers.map((matcher) => {
      const [label, operator, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((name) => {
        const child = matcher.getChild(name)
        if (child === null) throw new Error(`a matcher without its ${name}: ${textOf(matcher)}`)
        return textOf(child)
      })
      return { label: label ?? '', operator: operator ?? '', value: (value ?? '').slice(1, -1) }
    }),
  }
}

/** Labels that Prometheus itself puts on every series that it scrapes. */
const LABELS_OF_THE_SCRAPE = ['job', 'instance']

/**
 * What is wrong with an expression, where it is to find something in a scrape: names, labels and values that are not
 * there.
 *
 * @param possible values of labels that need not have come up yet, by label
 */
export function faultsOf(
  expression: string,
  scraped: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>,
  possible: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const { selectors, groupedBy } = readPromql(expression)
  const labels = new Set(LABELS_OF_THE_SCRAPE)
  const faults: string[] = []
  if (selectors.length === 0) faults.push('it asks for nothing')
  for (const { metric, matchers } of selectors) {
    const known = scraped.get(metric)
    if (known === undefined) {
      faults.push(`no metric ${metric}`)
      continue
    }
    for (const label of known.keys()) labels.add(label)
    for (const { label, operator, value } of matchers) {
      if (LABELS_OF_THE_SCRAPE.includes(label)) continue
      const values = known.get(label)
      if (values === undefined) faults.push(`${metric} has no label ${label}`)
      // A pattern would have to be tried on the values; none is needed so far.
      else if (operator.includes('~')) faults.push(`${label} of ${metric} is not matched as a whole`)
      else if (!values.has(value) && !possible[label]?.includes(value)) faults.push(`${label} is never "${value}"`)
    }
  }
  return [...faults, ...groupedBy.filter((label) => !labels.has(label)).map((label) => `nothing has a label ${label}`)]
}
