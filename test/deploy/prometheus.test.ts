import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ALARMS } from '../../src/domain/alarms.ts'
import { packageFolder } from '../../src/paths.ts'
import { dashboard, panelsOf, rules } from '../support/monitoring.ts'
import { PROMTOOL, promtool } from '../support/promtool.ts'

const read = (path: string) => readFile(join(packageFolder, path), 'utf8')

/** The sections of the runbook by the anchor that leads to them, as forges make one of a heading. */
async function runbook(): Promise<ReadonlyMap<string, string>> {
  const [, ...sections] = (await read('docs/runbook.md')).split(/^## /m)
  return new Map(
    sections.map((section) => {
      const heading = section.slice(0, section.indexOf('\n'))
      const anchor = heading
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .trim()
        .replace(/\s+/g, '-')
      return [anchor, section]
    }),
  )
}

test('every alert leads to the section of the runbook that names it', async () => {
  const sections = await runbook()
  for (const { alert, annotations, labels } of await rules()) {
    const [, anchor = ''] = /^https:\/\/example\.com\/credit-reminders\/docs\/runbook\.md#([a-z-]+)$/.exec(
      annotations.runbook_url,
    ) ?? ['', annotations.runbook_url]
    expect(sections.get(anchor), alert).toContain(`\`${alert}\``)
    expect(annotations.summary).toMatch(/^[A-Z].*\.$/)
    expect(['page', 'ticket']).toContain(labels.severity)
  }
})

test('the runbook has a section for every alarm, and each says what it means, how to look, what to do and when it is over', async () => {
  const sections = await runbook()
  expect([...sections.keys()]).toEqual(expect.arrayContaining(Object.keys(ALARMS)))
  for (const [anchor, section] of sections) {
    const said = [...section.matchAll(/^\*\*([^*]+)\.\*\*/gm)].map(([, words]) => words)
    expect(said, anchor).toEqual(['What it means', 'How to look', 'What to do', 'How to know that it is over'])
  }
})

test('the runbook names no alert that there is not', async () => {
  const named = [...(await read('docs/runbook.md')).matchAll(/`(CreditReminders\w+)`/g)].map(([, name]) => name)
  expect([...new Set(named)].toSorted()).toEqual((await rules()).map(({ alert }) => alert).toSorted())
})

test('every alert has a case in which it fires', async () => {
  const cases = await read('deploy/prometheus/alerts.test.yaml')
  for (const { alert } of await rules()) expect(cases).toContain(`alertname="${alert}",alertstate="firing"`)
})

test('the dashboard can be imported wherever a data source has another name', async () => {
  const { schemaVersion, templating, uid, id } = await dashboard()
  expect({ schemaVersion, uid, id }).toEqual({ schemaVersion: 41, uid: 'credit-reminders', id: null })
  expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
    ['datasource', 'datasource'],
    ['job', 'query'],
  ])
  const panels = await panelsOf()
  expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length)
  for (const { title, type, datasource, targets = [], gridPos } of panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    if (type === 'row') continue
    expect(targets.length, title).toBeGreaterThan(0)
    for (const source of [datasource, ...targets.map((target) => target.datasource)]) {
      expect(source, title).toEqual({ type: 'prometheus', uid: `\${datasource}` })
    }
  }
})

test('no panel of the dashboard lies on another', async () => {
  const taken = new Map<string, string>()
  for (const { title, gridPos } of await panelsOf()) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x},${y}`), title).toBeUndefined()
        taken.set(`${x},${y}`, title)
      }
    }
  }
})

test.skipIf(PROMTOOL === null)('promtool takes the rules, and they fire and keep still as they must', async () => {
  const folder = join(packageFolder, 'deploy/prometheus')
  const checked = await promtool(['check', 'rules', '--lint=all', '--lint-fatal', join(folder, 'alerts.yaml')])
  expect(checked.code, checked.said).toBe(0)
  const tried = await promtool(['test', 'rules', join(folder, 'alerts.test.yaml')])
  expect(tried.code, tried.said).toBe(0)
})
