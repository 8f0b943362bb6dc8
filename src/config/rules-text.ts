import { byCodeUnit } from '../domain/order.ts'
import { rulesDocument } from './rules-document.ts'
import { defaultRules } from './rules-file.ts'

type Settings = Readonly<Record<string, unknown>>

/**
 * A kept document of rules as the text that its hash was taken of (`rulesDocument`). The database keeps what a document
 * says and not in which order: it is put in order again here, also where this version knows settings that it does not have.
 */
export function rulesText(document: unknown): string {
  if (!isSettings(document)) return JSON.stringify(document)
  const known = rulesDocument(defaultRules())
  const inOrder: Settings = { ...document }
  return JSON.stringify(
    ordered(
      {
        ...inOrder,
        ...(isSettings(document.policies) && { policies: policiesOf(document.policies, knownPolicy(known.policies)) }),
        ...(isSettings(document.alarms) && { alarms: ordered(document.alarms, known.alarms) }),
        ...sortedMap(document, 'minimumRemaining'),
        ...sortedMap(document, 'maxPerSecondPerDomain'),
      },
      known,
    ),
  )
}

/** One with every setting that a policy may have; the default has no validity. */
function knownPolicy(policies: Readonly<Record<string, Settings>>): Settings {
  return Object.values(policies).find((policy) => 'validity' in policy) ?? {}
}

function policiesOf({ default: defaultPolicy, ...named }: Settings, known: Settings): Settings {
  const inOrder = (policy: unknown) => (isSettings(policy) ? ordered(policy, known) : policy)
  const entries = Object.entries(named).toSorted(([a], [b]) => byCodeUnit(a, b))
  return Object.fromEntries(
    [...entries, ['default', defaultPolicy] as const].map(([kind, each]) => [kind, inOrder(each)]),
  )
}

function sortedMap(document: Settings, name: string): Settings {
  const map = document[name]
  if (!isSettings(map)) return {}
  return { [name]: Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => byCodeUnit(a, b))) }
}

/** In the order of those that are known; what this version does not know comes last. */
function ordered(settings: Settings, known: Settings): Settings {
  const names = [...Object.keys(known), ...Object.keys(settings).filter((name) => !Object.hasOwn(known, name))]
  return Object.fromEntries(names.filter((name) => Object.hasOwn(settings, name)).map((name) => [name, settings[name]]))
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
