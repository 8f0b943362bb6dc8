import { examine } from '../../src/jobs/doctor/examine.ts'
import type { Check, Finding } from '../../src/jobs/doctor/finding.ts'
import { templatesFolder } from '../../src/paths.ts'

export type Env = Readonly<Record<string, string | undefined>>
type Setting = Partial<Parameters<typeof examine>[0]>

/** What `doctor` finds with these settings. */
export async function diagnose(variables: Env, setting: Setting = {}): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  const all = { variables, templatesFolder, hostClock: () => new Date(), askDns: null, ...setting }
  for await (const finding of examine(all)) findings.push(finding)
  return findings
}

export const of = (check: Check, findings: readonly Finding[]) => findings.filter((finding) => finding.check === check)
export const troubles = (findings: readonly Finding[]) => findings.filter(({ state }) => state !== 'ok')
export const states = (findings: readonly Finding[]) => [
  ...new Set(findings.map(({ check, state }) => `${check}: ${state}`)),
]

export const EVERY_CHECK_FINE = [
  ...['environment: ok', 'rules: ok', 'templates: ok', 'database: ok', 'clock: ok', 'migrations: ok', 'queue: ok'],
  ...['billing: ok', 'rights: ok', 'indexes: ok', 'rows: ok', 'mail-server: ok'],
]
