import type { Stage } from './model.ts'
import type { DropReason } from './reasons.ts'
import type { GrantStory, StageStanding } from './story.ts'

/** What comes next of one grant for one contact, if nothing changes. */
export type NextStep = Readonly<{ contactId: string; timeZone: string }> &
  (
    | Readonly<{ kind: 'mail'; stage: Stage; dueAt: Date; isDue: boolean }>
    /** It is planned, and its mail waits: for delivery, or for a person's approval. */
    | Readonly<{ kind: 'waiting'; stage: Stage; dueAt: Date; noticeId: string; isHeld: boolean }>
    /** Nothing more comes, and why; null: all has been told that there was to tell. */
    | Readonly<{ kind: 'nothing'; reason: DropReason | null }>
  )

/**
 * What comes next for each contact of a story: what waits for delivery, or else what is due, or else the earliest of what
 * is ahead; or that nothing comes, and why.
 */
export function whatComesNext({ stages, reason }: Pick<GrantStory, 'stages' | 'reason'>): readonly NextStep[] {
  return [...Map.groupBy(stages, ({ contactId }) => contactId).values()].map((own) => nextFor(own, reason))
}

function nextFor(stages: readonly StageStanding[], grantReason: GrantStory['reason']): NextStep {
  const ordered = stages.toSorted((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
  const waiting = ordered.flatMap((stage) => waitingAs(stage) ?? [])[0]
  if (waiting !== undefined) return waiting
  const coming = first(ordered, 'due') ?? first(ordered, 'ahead')
  const { contactId = '', timeZone = 'UTC' } = ordered[0] ?? {}
  if (coming !== null) {
    const { stage, dueAt, standing } = coming
    return { contactId, timeZone, kind: 'mail', stage, dueAt, isDue: standing.kind === 'due' }
  }
  return { contactId, timeZone, kind: 'nothing', reason: whyNothing(ordered, grantReason) }
}

function waitingAs({ contactId, timeZone, stage, dueAt, standing }: StageStanding): NextStep | null {
  if (standing.kind !== 'noticed') return null
  const { id, state } = standing.notice
  if (state !== 'planned' && state !== 'held') return null
  return { contactId, timeZone, kind: 'waiting', stage, dueAt, noticeId: id, isHeld: state === 'held' }
}

function first(stages: readonly StageStanding[], kind: 'due' | 'ahead'): StageStanding | null {
  return stages.find(({ standing }) => standing.kind === kind) ?? null
}

/**
 * Of stages that were not told, the reason of the last: it is the one that still stands. Else what became of the last that
 * was planned; and where none ever was, what stands against the grant.
 */
function whyNothing(ordered: readonly StageStanding[], grantReason: GrantStory['reason']): DropReason | null {
  const standings = ordered.map(({ standing }) => standing)
  const last = standings.findLast(({ kind }) => kind === 'not-told')
  if (last?.kind === 'not-told') return last.reason
  const planned = standings.findLast(({ kind }) => kind === 'noticed')
  if (planned?.kind !== 'noticed') return grantReason
  const { state } = planned.notice
  return state === 'failed' ? 'delivery-failed' : state === 'discarded' ? 'discarded' : null
}
