import type { SkipReason } from './reasons.ts'

/** Each reason in full, for whoever runs the program: what it means, and whether there is something to do. */
export const REASON_EXPLANATIONS = {
  'invalid-row': 'A value in the row of this grant cannot be understood. Mend the row in the billing database.',
  'no-account': 'The grant names an account that the billing database does not have. Mend the row, or the view.',
  'account-closed': 'The account is closed, and nobody is told of what it still holds. There is nothing to do.',
  voided: 'The grant was voided before it expired. There is nothing to do.',
  'never-expires': 'The grant has no expiry, of its own or by its policy. There is nothing to do.',
  'expires-before-start': 'The grant would expire before its life begins. Mend its dates in the billing database.',
  'not-yet-effective': 'The life of the grant has not begun. It is told of from then on.',
  'expired-too-long-ago': 'The grant expired so long ago that it is no news, by expiredWithin. There is nothing to do.',
  'expired-notice-off': 'The grant has expired, and its policy sends no notice of that (notifyExpired: false).',
  'nothing-remaining': 'All of the grant is spent, so nothing can be lost. There is nothing to do.',
  'below-minimum': 'What is left is less than minimumRemaining asks for in this unit, too little for a mail.',
  'no-rung': 'The life of the grant is too short for any warning of its policy. Only its end will be told.',
  'no-contact': 'The account has nobody to write to. Add a contact, if somebody should know.',
  'no-billing-contact':
    'No contact of the account receives billing mail. Set receives_billing_email, if somebody should know.',
  'invalid-address': 'No mail can be delivered to an address like this. Correct it in the billing database.',
  'duplicate-address':
    'Another contact of the account has the same address, and gets the mail. There is nothing to do.',
  unsubscribed: 'The contact asked for no more of these mails, which is kept to. There is nothing to do.',
  suppressed:
    'The address is on the suppression list: it bounced, complained, or was put there. suppress list says why.',
  withheld:
    'Only ALLOWED_RECIPIENTS are written to, and this address is not among them. Without it, this would be sent.',
  'already-told':
    'Whoever is to be told was told of this stage. The next stage, if there is one, is told when it is due.',
  'awaiting-delivery': 'A mail about it is planned, held or waiting for its next try. It is not planned twice.',
  'delivery-failed': 'The mail about it could not be delivered. explain says why; retry puts it back.',
  discarded: 'A person discarded the sweep that planned it, and this stage is not planned again.',
  'not-due': 'Its time has not come: the next warning, or the notice of its end, is due later. There is nothing to do.',
  'used-anyway':
    'At the present pace all of it will be used in time, and skipIfUsedUp spares all but the last warning.',
  'address-limit': 'The address has had its mails of 24 hours (maxEmailsPerAddressPerDay). A later sweep tells it.',
} as const satisfies Record<SkipReason, string>
