import { nominalLengthMs, parseIsoDuration } from '../../domain/duration.ts'
import { languageFor } from '../../domain/locale.ts'
import type { Rules } from '../../domain/rules.ts'
import { type Finding, warning } from './finding.ts'

/**
 * The notice that credits are gone waits for the first `sendAt` after the expiry, up to a day; a service that was down
 * over one `sendAt` tells at the next.
 */
const SHORTEST_EXPIRED_WITHIN = parseIsoDuration('P2D')

/** What the rules say that may not be what was meant, though it is allowed. */
export function checkRulesMeaning(rules: Rules, locales: readonly string[]): readonly Finding[] {
  const findings: Finding[] = []
  if (rules.sendAt !== 'anytime' && nominalLengthMs(rules.expiredWithin) < nominalLengthMs(SHORTEST_EXPIRED_WITHIN)) {
    findings.push(
      warning(
        'rules',
        `expiredWithin is ${rules.expiredWithin.text} and sendAt a time of day: an expiry may be no news any more when its notice is due`,
        `make expiredWithin ${SHORTEST_EXPIRED_WITHIN.text} or more, or sendAt anytime`,
      ),
    )
  }
  if (languageFor(rules.locale, locales) === null) {
    findings.push(
      warning(
        'rules',
        `locale is ${rules.locale}, and there are mails in ${locales.join(', ')} only`,
        `set locale to one of these, or add locales/${rules.locale}.json to the folder of TEMPLATES_DIR`,
      ),
    )
  }
  return findings
}
