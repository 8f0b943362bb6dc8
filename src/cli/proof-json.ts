import { localTime } from '../domain/local-time.ts'
import { expiryOfInstant } from '../domain/never.ts'
import type { Proof, ProvenMail, UntoldMail } from '../jobs/proof.ts'

/** `proof.json`: what `summary.html` shows, for machines. Addresses and replies are as they were: it is evidence. */
export function proofJson(proof: Proof) {
  return {
    madeAt: proof.madeAt.toISOString(),
    asOf: proof.asOf.toISOString(),
    grant: proof.grantId,
    account: { id: proof.accountId, name: proof.accountName },
    billing: billingOf(proof),
    mails: proof.told.map(mailJson),
    notTold: proof.untold.map(untoldJson),
    rules: proof.rules.map((rules) => ({ hash: rules.hash, file: rules.file, asKept: rules.isAsKept })),
  }
}

function billingOf({ grant }: Proof) {
  if (grant === null) return null
  const { kind, name, unit, amount, remaining, grantedAt, expiresAt, voidedAt } = grant
  return {
    ...{ kind, name, unit, amount, remaining },
    grantedAt: grantedAt.toISOString(),
    expiresAt: expiresAt instanceof Date ? expiresAt.toISOString() : expiresAt,
    voidedAt: voidedAt?.toISOString() ?? null,
  }
}

function mailJson({ mail, isAccepted, copies }: ProvenMail) {
  return {
    ...facts(mail),
    state: isAccepted ? 'sent' : 'uncertain',
    messageId: mail.messageId,
    sentAt: mail.sentAt?.toISOString() ?? null,
    sentAtLocal: mail.sentAt === null ? null : localTime(mail.sentAt, mail.timeZone),
    notices: mail.notices.map(noticeJson),
    attempts: mail.deliveries.map(({ number, at, outcome, stage, replyCode, enhancedCode, reply }) => ({
      ...{ number, at: at.toISOString(), outcome, stage, replyCode, enhancedCode, reply },
    })),
    copies: copies.map((copy) => ({
      attempt: copy.attempt,
      sha256: copy.sourceHash,
      bytes: copy.sourceBytes,
      state: copy.state,
      file: copy.file,
    })),
    reports: mail.reports.map(({ receivedAt, kind, status, diagnostic, source }) => ({
      ...{ at: receivedAt.toISOString(), kind, status, diagnostic, source },
    })),
    rules: mail.sweep.rulesHash,
  }
}

function noticeJson(notice: ProvenMail['mail']['notices'][number]) {
  const { grantId, stage, expiresAt, dueAt, unit, amount, state, reason } = notice
  return {
    ...{ grant: grantId, stage, state, reason },
    expiresAt: expiryOfInstant(expiresAt)?.toISOString() ?? null,
    ...{ dueAt: dueAt.toISOString(), unit, amount },
  }
}

function untoldJson({ mail, state, reason }: UntoldMail) {
  return { ...facts(mail), state, reason }
}

function facts({ id, sweepId, contactId, toAddress, category, locale, timeZone, sweep }: ProvenMail['mail']) {
  return {
    ...{ id, sweep: sweepId, plannedAt: sweep.asOf.toISOString(), contact: contactId, to: toAddress },
    ...{ category, locale, timeZone },
  }
}
