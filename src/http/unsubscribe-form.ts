import type { HonoRequest } from 'hono'
import type { SuppressionScope } from '../domain/model.ts'
import type { Wish } from '../store/opt-outs.ts'

/** What a POST to the link asks for. */
export type Asked = Readonly<{ undo: true } | { undo: false; wish: Wish }>

/** The names of the page's form, and their values. */
export const FIELDS = { action: 'action', reach: 'scope', final: 'final' } as const
export const ACTIONS = { stop: 'stop', undo: 'undo' } as const

/**
 * Reads what is asked. Whatever the body is, it is a wish to stop: a mail client's one click (RFC 8058, 3.2, as either
 * kind of form), the form of the page, the button of an older page, or something that we do not know.
 *
 * @param stops what is kept away where the reader did not choose
 */
export async function readAsked(request: HonoRequest, stops: SuppressionScope): Promise<Asked> {
  const fields = await fieldsOf(request)
  if (fields['List-Unsubscribe'] === 'One-Click') return wishFor('address', stops, 'one-click')
  if (fields[FIELDS.action] === ACTIONS.undo) return { undo: true }
  if (fields[FIELDS.action] !== ACTIONS.stop) return askedUnread(stops)
  const reach = fields[FIELDS.reach] === 'account' ? 'account' : 'address'
  return wishFor(reach, FIELDS.final in fields ? 'warnings' : 'all', 'page')
}

/** What a POST asks for that says nothing more, or nothing that is read. */
export function askedUnread(stops: SuppressionScope): Asked {
  return wishFor('address', stops, 'link')
}

function wishFor(reach: Wish['reach'], scope: SuppressionScope, source: Wish['source']): Asked {
  return { undo: false, wish: { reach, scope, source } }
}

async function fieldsOf(request: HonoRequest): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await request.parseBody()
  } catch {
    // A body that is not of its own type says no less that somebody wants to be left alone.
    return {}
  }
}
