import type { z } from 'zod'
import { UsageError } from '../errors.ts'
import { environmentSchema, MISSING_HINTS } from './environment-schema.ts'

/** A process's environment. */
export type Variables = Readonly<Record<string, string | undefined>>

type Settings = z.infer<typeof environmentSchema>

/** A setting without a default, that a command may be unable to do without. */
export type Needed = keyof typeof MISSING_HINTS

/** What a sending command cannot do without. */
export const NEEDED_TO_SEND = ['DATABASE_URL', 'SMTP_URL', 'MAIL_FROM', 'PUBLIC_URL', 'LINK_SECRET'] as const

/** The settings, of which those that the command needs are there. */
export type Environment<N extends Needed = never> = Readonly<Settings & { [K in N]: NonNullable<Settings[K]> }>

/**
 * Reads the settings of the environment. A missing one is a fault only where it is needed (a dry run needs no mail
 * server); a bad one always is. An empty variable counts as missing, as compose files write it.
 *
 * @throws UsageError with one line per fault, none of which repeats a value that may be secret.
 */
export function readEnvironment<const N extends Needed = never>(
  source: Variables,
  needed: readonly N[] = [],
): Environment<N> {
  const given = Object.fromEntries(
    Object.entries(source).filter(([, value]) => value !== undefined && value.trim() !== ''),
  )
  const faults = needed.filter((name) => !(name in given)).map((name) => `${name} is not set: ${MISSING_HINTS[name]}`)
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`))
  if (!parsed.success || faults.length > 0) throw new UsageError(faults)
  // Checked above: every needed setting was given and is right.
  return parsed.data as Environment<N>
}
