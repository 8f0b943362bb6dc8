import { isDeepStrictEqual } from 'node:util'
import type { Rules } from '../domain/rules.ts'
import { rulesDocument } from './rules-document.ts'
import { rulesSchema } from './rules-schema.ts'

/**
 * The rules of a document that was kept with a sweep; null where this version cannot read them. A setting that they do not
 * know, being older, has its default.
 */
export function readKeptRules(document: unknown): Rules | null {
  const parsed = rulesSchema.safeParse(document)
  return parsed.success ? parsed.data : null
}

/** The settings in which two sets of rules differ, as the file names them: `sendAt`, `policies.purchased`. */
export function differingSettings(one: Rules, other: Rules): readonly string[] {
  const [a, b] = [settingsOf(one), settingsOf(other)]
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => !isDeepStrictEqual(a.get(name), b.get(name)))
}

function settingsOf(rules: Rules): ReadonlyMap<string, unknown> {
  const { policies, ...rest } = rulesDocument(rules)
  return new Map<string, unknown>([
    ...Object.entries(rest),
    ...Object.entries(policies).map(([kind, policy]) => [`policies.${kind}`, policy] as const),
  ])
}
