/**
 * Why a grant within reach is not mailed: the closed list of `skipped[].reason`.
 * The words are for people.
 */
export const SKIP_REASONS = {
  'invalid-row': 'a value of the grant cannot be understood',
  'no-account': 'the grant names an account that does not exist',
  'account-closed': 'the account is closed',
  voided: 'the grant was voided',
  'never-expires': 'the grant never expires',
  'expires-before-start': 'the grant expires before its life begins',
  'not-yet-effective': 'the grant is not effective yet',
  'expired-too-long-ago': 'the expiry is older than expiredWithin',
  'expired-notice-off': 'the policy sends no notice after the expiry',
  'nothing-remaining': 'nothing is left to lose',
  'below-minimum': 'what is left is below minimumRemaining',
  'no-rung': "no rung of the policy falls inside the grant's life",
  'no-contact': 'the account has no contact',
  'no-billing-contact': 'receives_billing_email is false',
  'invalid-address': 'the address cannot be delivered to',
  'duplicate-address': 'another contact of the account has the same address',
  unsubscribed: 'the contact asked for no more reminders',
  suppressed: 'the address is on the suppression list',
  withheld: 'the address is not among ALLOWED_RECIPIENTS',
  'already-told': 'the contact was told of this stage',
  'awaiting-delivery': 'the mail is planned and not delivered yet',
  'delivery-failed': 'the mail could not be delivered',
  discarded: 'a person discarded the sweep that planned it',
  'not-due': 'the next rung is not due yet',
  'used-anyway': 'all of it will be used in time, and skipIfUsedUp spares a warning that is not the last',
  'address-limit': 'the address had its maxEmailsPerAddressPerDay; a later sweep tells it',
} as const

export type SkipReason = keyof typeof SKIP_REASONS

/** How near to a mail each reason of a contact stands: of several contacts' reasons, the nearest is the grant's. */
const NEAREST_FIRST = [
  'already-told',
  'awaiting-delivery',
  'delivery-failed',
  'discarded',
  'address-limit',
  'used-anyway',
  'not-due',
  'no-rung',
  'withheld',
  'suppressed',
  'unsubscribed',
  'invalid-address',
  'no-billing-contact',
  'no-contact',
] as const satisfies readonly SkipReason[]

/** The one reason of a grant that no contact is told of, out of the contacts' reasons. */
export function nearest(reasons: readonly SkipReason[]): SkipReason {
  return NEAREST_FIRST.find((reason) => reasons.includes(reason)) ?? 'no-contact'
}

/** Why a planned line did not go out when its mail was built: a skip reason that came true meanwhile, or one of these. */
export const DROP_REASONS = {
  ...SKIP_REASONS,
  'grant-missing': 'the grant is no longer there',
  'contact-missing': 'the contact is no longer there',
  'expiry-moved': 'the expiry was moved; its rungs begin anew',
  superseded: 'a later notice of the same expiry takes its place',
  'sweep-abandoned': 'its sweep was given up before it was planned to the end; a later one plans it anew',
  'expired-meanwhile': 'the credits expired before the mail could be delivered',
  'correction-off': 'the policy sends no corrections',
} as const

export type DropReason = keyof typeof DROP_REASONS

/** Why a mail, and every notice in it, was given up: the server's word or our own trouble. */
export const FAILURE_REASONS = {
  'recipient-refused': 'the server refused the address for good; it is on the suppression list',
  'mail-refused': 'the server refused this mail for good',
  'address-unsupported': 'the server cannot carry such an address, for want of SMTPUTF8',
  uncertain: 'it may have arrived, and is not sent again',
  'render-error': 'it could not be built',
  'too-late': 'it was deferred until another try would have come too late',
} as const

export type FailureReason = keyof typeof FAILURE_REASONS
