import { isDeepStrictEqual } from 'node:util'
import { byCodeUnit } from '../domain/order.ts'
import type { Rules } from '../domain/rules.ts'
import { rulesDocument } from './rules-document.ts'

/** A setting in which two sets of rules differ, as the file names it, and what each says, as the file would. */
export type SettingDifference = Readonly<{ setting: string; one: string; other: string }>

/**
 * In what two sets of rules differ, setting by setting. A kind of grant that only one of them names is compared with the
 * other's default policy, by which it goes there.
 */
export function settingDifferences(one: Rules, other: Rules): readonly SettingDifference[] {
  const [a, b] = [rulesDocument(one), rulesDocument(other)]
  const kinds = [...new Set([...Object.keys(a.policies), ...Object.keys(b.policies)])].toSorted(byCodeUnit)
  const maps = ['minimumRemaining', 'maxPerSecondPerDomain', 'alarms'] as const
  const { policies: _a, ...topOfOne } = a
  const { policies: _b, ...topOfOther } = b
  return [
    ...kinds.flatMap((kind) => differencesIn(`policies.${kind}.`, policyOf(a, kind), policyOf(b, kind))),
    ...differencesIn('', without(topOfOne, maps), without(topOfOther, maps)),
    ...maps.flatMap((name) => differencesIn(`${name}.`, a[name], b[name])),
  ]
}

type Settings = Readonly<Record<string, unknown>>

function policyOf({ policies }: ReturnType<typeof rulesDocument>, kind: string): Settings {
  return (Object.hasOwn(policies, kind) ? (policies as Settings)[kind] : policies.default) as Settings
}

function without(settings: Settings, names: readonly string[]): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !names.includes(name)))
}

function differencesIn(prefix: string, one: Settings, other: Settings): readonly SettingDifference[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((name) =>
    isDeepStrictEqual(one[name], other[name])
      ? []
      : [{ setting: prefix + name, one: asWritten(one[name]), other: asWritten(other[name]) }],
  )
}

function asWritten(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value)
}
