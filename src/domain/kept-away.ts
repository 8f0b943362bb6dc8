import type { Category, SuppressionScope } from './model.ts'

/**
 * Whether something that keeps mail away keeps this category away.
 *
 * `warnings` lets the final notice through: it says what was taken, not what to do. A correction is about a warning, and
 * does not come where that would not.
 */
export function keepsAway(scope: SuppressionScope | null, category: Category): boolean {
  return scope === 'all' || (scope === 'warnings' && category !== 'expired')
}

/** Of several things that keep mail away, what they come to: the widest. */
export function widest(scopes: readonly (SuppressionScope | null)[]): SuppressionScope | null {
  if (scopes.includes('all')) return 'all'
  return scopes.includes('warnings') ? 'warnings' : null
}
