import { describe, expect, test } from 'vitest'
import { startDnsServer } from '../support/dns-server.ts'
import { heldAgainst, RSPAMD, SPAMASSASSIN } from './support/held-against.ts'
import { isInstalled } from './support/installed.ts'
import { type Judged, startRspamd } from './support/rspamd.ts'
import { ARRIVAL, sampleMails } from './support/sample-mails.ts'
import { judgeBySpamAssassin } from './support/spamassassin.ts'

const { mails, records } = await sampleMails()

/** Highest scores, in all and for one rule. */
const MOST = { spamAssassin: { sum: 0.1, rule: 0.5 }, rspamd: { sum: 0, rule: Number.POSITIVE_INFINITY } }

/** The test string of unsolicited mail, which every filter knows: without it, one that is out of order would pass all. */
const SPAM = Buffer.from(
  'From: eve@example.net\r\nDKIM-Signature: none;\r\n bh=none;\r\nSubject: hello\r\n\r\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n',
)

const withNames = (judged: readonly Judged[]) =>
  mails.map(({ what, locale }, index) => ({ what, locale, ...(judged[index] ?? { score: Number.NaN, rules: {} }) }))

describe.concurrent('Each mail in each language', () => {
  test.skipIf(!isInstalled('spamassassin'))(
    'is no spam to SpamAssassin: at most 0.1, and no rule above 0.5',
    async () => {
      const raws = mails.map(({ raw }) => raw)
      const half = Math.ceil(raws.length / 2)
      // Two at a time, on two cores.
      const judged = await Promise.all([raws.slice(0, half), [...raws.slice(half), SPAM]].map(judgeBySpamAssassin))
      expect(judged.flat().pop()?.score).toBeGreaterThan(100)
      expect(heldAgainst(withNames(judged.flat()), MOST.spamAssassin, SPAMASSASSIN)).toEqual([])
    },
  )

  test.skipIf(!isInstalled('rspamd'))(
    'is no spam to rspamd, which finds SPF, DKIM and DMARC in order: at most 0',
    async () => {
      await using dns = await startDnsServer(records)
      await using rspamd = await startRspamd(dns.address)
      const judged: Judged[] = []
      for (const { raw } of mails) judged.push(await rspamd.judge(raw, ARRIVAL))
      for (const { rules } of judged)
        expect(Object.keys(rules)).toEqual(
          expect.arrayContaining(['R_SPF_ALLOW', 'R_DKIM_ALLOW', 'DMARC_POLICY_ALLOW']),
        )
      expect(heldAgainst(withNames(judged), MOST.rspamd, RSPAMD)).toEqual([])
      const forged = Buffer.from((mails[0]?.raw ?? SPAM).toString('latin1').replace('Acme', 'Evil'), 'latin1')
      expect((await rspamd.judge(forged, { ...ARRIVAL, ip: '198.51.100.1' })).rules).toMatchObject({
        R_DKIM_REJECT: expect.any(Number),
        R_SPF_FAIL: expect.any(Number),
      })
    },
  )
})
