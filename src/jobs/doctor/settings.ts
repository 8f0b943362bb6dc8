import { access } from 'node:fs/promises'
import {
  type Environment,
  NEEDED_TO_SEND,
  type Needed,
  readEnvironment,
  type Variables,
} from '../../config/environment.ts'
import { DEFAULT_RULES_FILE, readRules } from '../../config/rules-file.ts'
import { type AllowedRecipients, describeAllowed } from '../../domain/recipients.ts'
import type { Rules } from '../../domain/rules.ts'
import { UsageError } from '../../errors.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

/** Every fault of the environment. What `run` and `start` need counts as needed. */
export function checkEnvironment(variables: Variables): readonly Finding[] {
  try {
    const { ALLOWED_RECIPIENTS: allowed } = readEnvironment(variables, NEEDED_TO_SEND)
    const isTrial = allowed === undefined ? [] : [onlyFor(allowed)]
    return [ok('environment', `${NEEDED_TO_SEND.join(', ')} are set`), ...isTrial]
  } catch (error) {
    return faultsOf(error).map((line) => {
      const [, missing, hint] = /^(\w+ is not set): (.+)$/.exec(line) ?? []
      return fault('environment', 'setting', missing ?? line, hint ?? 'docs/settings.md tells what it takes')
    })
  }
}

function onlyFor(allowed: AllowedRecipients): Finding {
  return warning('environment', describeAllowed(allowed), 'unset it where customers are to be told')
}

/** One setting, whatever is wrong with the others; null where it is missing or wrong itself. */
export function settingAlone(
  variables: Variables,
  name: Extract<Needed, 'DATABASE_URL' | 'SMTP_URL' | 'BOUNCE_IMAP_URL'>,
): string | null {
  try {
    return readEnvironment({ [name]: variables[name] }, [name])[name]
  } catch (error) {
    faultsOf(error)
    return null
  }
}

/** Some settings, whatever is wrong with the others; null where one of them is wrong, or is needed and missing. */
export function settingsAlone<const N extends Needed>(
  variables: Variables,
  names: readonly string[],
  needed: readonly N[],
): Environment<N> | null {
  try {
    return readEnvironment(Object.fromEntries(names.map((name) => [name, variables[name]])), needed)
  } catch (error) {
    faultsOf(error)
    return null
  }
}

/** The rules, or every fault in them. */
export async function checkRules(
  variables: Variables,
): Promise<Readonly<{ findings: readonly Finding[]; rules: Rules | null }>> {
  const { CREDIT_REMINDERS_CONFIG: file } = readEnvironment({
    CREDIT_REMINDERS_CONFIG: variables.CREDIT_REMINDERS_CONFIG,
  })
  try {
    const rules = await readRules(file)
    const isThere = file !== undefined || (await exists(DEFAULT_RULES_FILE))
    const finding = isThere
      ? ok('rules', `${file ?? DEFAULT_RULES_FILE} is right`)
      : ok(
          'rules',
          `no ${DEFAULT_RULES_FILE} here, so the defaults hold`,
          'credit-reminders.example.yaml shows them all',
        )
    return { findings: [finding], rules }
  } catch (error) {
    const findings = faultsOf(error).map((line) =>
      fault('rules', 'setting', line, 'mend it in the file; docs/settings.md tells what each setting takes'),
    )
    return { findings, rules: null }
  }
}

/** @throws the error itself, where it tells of no fault of a setting */
export function faultsOf(error: unknown): readonly string[] {
  if (!(error instanceof UsageError)) throw error
  return error.lines
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
