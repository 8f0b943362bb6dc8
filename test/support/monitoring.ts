import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { packageFolder } from '../../src/paths.ts'

/** A rule of deploy/prometheus/alerts.yaml. */
export type Rule = Readonly<{
  alert: string
  expr: string
  labels: Readonly<Record<string, string>>
  annotations: Readonly<{ summary: string; runbook_url: string }>
}>

export async function rules(): Promise<readonly Rule[]> {
  const file = await readFile(join(packageFolder, 'deploy/prometheus/alerts.yaml'), 'utf8')
  const { groups } = parse(file) as { groups: { rules: Rule[] }[] }
  return groups.flatMap((group) => group.rules)
}

type DataSource = Readonly<{ type: string; uid: string }>

export type Panel = Readonly<{
  id: number
  type: string
  title: string
  datasource?: DataSource
  gridPos: Readonly<{ x: number; y: number; w: number; h: number }>
  targets?: readonly Readonly<{ expr: string; legendFormat: string; datasource: DataSource }>[]
}>

export type Dashboard = Readonly<{
  id: null
  uid: string
  schemaVersion: number
  panels: readonly Panel[]
  templating: Readonly<{ list: readonly Readonly<{ name: string; type: string; definition?: string }>[] }>
}>

export async function dashboard(): Promise<Dashboard> {
  return JSON.parse(await readFile(join(packageFolder, 'deploy/grafana/dashboard.json'), 'utf8')) as Dashboard
}

export async function panelsOf(): Promise<readonly Panel[]> {
  return (await dashboard()).panels
}

/** The expressions of the dashboard, with a value in the place of what Grafana puts in. */
export async function dashboardExpressions(): Promise<readonly string[]> {
  const panels = await panelsOf()
  return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m')))
}
