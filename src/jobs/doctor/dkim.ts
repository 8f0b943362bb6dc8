import { type Dkim, readDkim } from '../../config/dkim.ts'
import type { Variables } from '../../config/environment.ts'
import { type Finding, fault, notChecked, ok } from './finding.ts'
import { faultsOf, settingsAlone } from './settings.ts'

const NAMES = ['DKIM_PRIVATE_KEY', 'DKIM_PRIVATE_KEY_FILE', 'DKIM_SELECTOR', 'DKIM_DOMAIN'] as const

type Checked = Readonly<{ findings: readonly Finding[]; dkim: Dkim | null }>

/** The key that mails are signed with, and what is wrong with it; nothing where signing is not asked for. */
export async function checkDkim(variables: Variables): Promise<Checked> {
  if (NAMES.every((name) => (variables[name] ?? '').trim() === '')) return { findings: [], dkim: null }
  const settings = settingsAlone(variables, [...NAMES, 'MAIL_FROM'], ['MAIL_FROM'])
  // What is wrong with them is told of the environment.
  if (settings === null)
    return { findings: [notChecked('dkim', 'its settings, or MAIL_FROM, are not set right')], dkim: null }
  try {
    const dkim = await readDkim(settings)
    const bits = dkim?.privateKey.asymmetricKeyDetails?.modulusLength
    const found = `mails are signed for ${dkim?.domain}, selector ${dkim?.selector}, with RSA of ${bits} bits`
    return { findings: [ok('dkim', found)], dkim }
  } catch (error) {
    const advice = 'docs/operations.md tells how mails are signed'
    return { findings: faultsOf(error).map((line) => fault('dkim', 'setting', line, advice)), dkim: null }
  }
}
