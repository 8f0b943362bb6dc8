import { nearestName } from '../../config/suggest.ts'

/**
 * What columns are called elsewhere, the likeliest first: in Lago, OpenMeter, Stripe's objects, and tables of companies'
 * own. Letters alone do not tell that `expiry_date` is `expires_at`.
 */
const OTHER_NAMES: Readonly<Record<string, readonly string[]>> = {
  id: ['uuid', 'guid', 'key'],
  account_id: [
    ...[
      'account',
      'customer_id',
      'customer',
      'organization_id',
      'organisation_id',
      'org_id',
      'tenant_id',
      'company_id',
    ],
    ...['workspace_id', 'team_id', 'client_id', 'user_id', 'owner_id', 'wallet_id'],
  ],
  kind: ['category', 'type', 'source', 'grant_type', 'credit_type', 'origin'],
  name: ['title', 'label', 'description', 'display_name', 'full_name', 'company_name', 'legal_name'],
  unit: ['currency', 'balance_currency', 'currency_code'],
  amount: ['initial_amount', 'original_amount', 'amount_cents', 'quantity', 'granted', 'credits', 'value', 'total'],
  remaining: [
    ...['balance', 'remaining_amount', 'remaining_credits', 'credits_balance', 'available', 'amount_left', 'unused'],
    ...['balance_cents', 'remaining_cents', 'remaining_amount_cents', 'outstanding'],
  ],
  priority: ['rank', 'position', 'burn_order'],
  granted_at: ['issued_at', 'purchased_at', 'created_at', 'created', 'inserted_at', 'added_at', 'date'],
  effective_at: ['starts_at', 'valid_from', 'active_from', 'available_at', 'start_date', 'effective_date'],
  expires_at: [
    ...['expire_at', 'expires_on', 'expires', 'expiry', 'expiry_date', 'expiry_at', 'expiration', 'expiration_at'],
    ...['expiration_date', 'expire_date', 'expired_at', 'valid_until', 'valid_to', 'valid_till', 'ends_at', 'end_date'],
  ],
  voided_at: ['void_at', 'cancelled_at', 'canceled_at', 'revoked_at', 'terminated_at', 'deleted_at'],
  expired_amount: ['written_off', 'forfeited', 'amount_expired'],
  time_zone: ['timezone', 'tz'],
  locale: ['language', 'lang', 'preferred_locale', 'document_locale', 'preferred_locales'],
  closed_at: ['deactivated_at', 'archived_at', 'cancelled_at', 'canceled_at', 'deleted_at'],
  email: ['email_address', 'mail', 'billing_email', 'contact_email', 'primary_email'],
  receives_billing_email: ['is_billing_contact', 'billing_contact', 'receives_invoices'],
  day: ['date', 'used_on'],
}

/** Two letters make `kind` of `id`. */
const SHORTEST_BY_LETTERS = 6

/** The column that probably is a needed one under another name; null where none seems to be. */
export function nearColumn(needed: string, columns: readonly string[]): string | null {
  const byShape = new Map(columns.map((column) => [shapeOf(column), column]))
  const known = [needed, ...(OTHER_NAMES[needed] ?? [])].map((name) => byShape.get(shapeOf(name)))
  const byLetters = needed.length < SHORTEST_BY_LETTERS ? null : nearestName(needed, columns)
  return known.find((column) => column !== undefined) ?? byLetters
}

/** `accountId` and `ACCOUNT_ID` are `account_id`. */
function shapeOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}
