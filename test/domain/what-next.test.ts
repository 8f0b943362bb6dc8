import { expect, it } from 'vitest'
import type { StageStanding } from '../../src/domain/story.ts'
import type { LedgerNotice } from '../../src/domain/told.ts'
import { whatComesNext } from '../../src/domain/what-next.ts'
import { at } from './builders.ts'

type Kind = 'due' | 'ahead' | 'closed' | 'missed'

const stage = (name: string, day: number, standing: StageStanding['standing']): StageStanding => ({
  ...{ stage: name, contactId: 'con_1', timeZone: 'UTC', standing },
  dueAt: at(`2026-05-${day}T09:00:00Z`),
})
const plain = (name: string, day: number, kind: Kind) => stage(name, day, { kind })
const noticed = (name: string, day: number, state: LedgerNotice['state']) =>
  stage(name, day, { kind: 'noticed', notice: { id: name, state } as LedgerNotice })
const next = (...stages: readonly StageStanding[]) => whatComesNext({ stages, reason: null })

it('is the earliest stage that is ahead, in whatever order they are listed', () => {
  const stages = [plain('expired', 30, 'ahead'), plain('P1D', 29, 'ahead'), noticed('P7D', 23, 'sent')]
  expect(next(...stages)).toMatchObject([{ kind: 'mail', stage: 'P1D', isDue: false }])
})

it('is what is due before what is ahead, and what is planned already before both', () => {
  const due = [plain('P1D', 20, 'ahead'), plain('correction', 29, 'due')]
  expect(next(...due)).toMatchObject([{ kind: 'mail', stage: 'correction', isDue: true }])
  expect(next(noticed('P7D', 30, 'planned'), ...due)).toMatchObject([{ kind: 'waiting', stage: 'P7D', isHeld: false }])
  expect(next(noticed('P7D', 30, 'held'), ...due)).toMatchObject([{ kind: 'waiting', noticeId: 'P7D', isHeld: true }])
})

it('is nothing where all was told, or something stands against what is left: the last reason', () => {
  expect(next(plain('P7D', 23, 'closed'), noticed('expired', 30, 'sent'))).toMatchObject([
    { kind: 'nothing', reason: null },
  ])
  const refused = [
    stage('expired', 30, { kind: 'not-told', reason: 'suppressed' }),
    stage('P7D', 23, { kind: 'not-told', reason: 'nothing-remaining' }),
  ]
  expect(next(...refused)).toMatchObject([{ kind: 'nothing', reason: 'suppressed' }])
})

it('is nothing, and not the end of the ladder, where the last was not delivered or nobody was told at all', () => {
  const ended = (...stages: readonly StageStanding[]) => whatComesNext({ stages, reason: 'expired-notice-off' })
  expect(ended(plain('P7D', 23, 'missed'))).toMatchObject([{ kind: 'nothing', reason: 'expired-notice-off' }])
  expect(ended(noticed('P7D', 23, 'sent'))).toMatchObject([{ kind: 'nothing', reason: null }])
  const told = noticed('P7D', 23, 'sent')
  expect(next(told, noticed('expired', 30, 'failed'))).toMatchObject([{ reason: 'delivery-failed' }])
  expect(next(told, noticed('expired', 30, 'discarded'))).toMatchObject([{ reason: 'discarded' }])
})

it('is told of each contact by itself', () => {
  const other = { ...plain('P1D', 29, 'ahead'), contactId: 'con_2' }
  expect(next(noticed('expired', 30, 'sent'), other)).toMatchObject([{ kind: 'nothing' }, { kind: 'mail' }])
  expect(next()).toEqual([])
})
