import { spawnSync } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts'
import type { Job } from 'kubernetes-types/batch/v1.d.ts'
import type { Container, PodSpec } from 'kubernetes-types/core/v1.d.ts'
import { describe, expect, test } from 'vitest'
import { readRules } from '../../src/config/rules-file.ts'
import { packageFolder } from '../../src/paths.ts'
import { deployFolder, expectCommand, expectSettings, expectSettingsButSecret, yamlOf } from '../support/deploy.ts'
import { isThere } from '../support/is-there.ts'

type Manifest = Readonly<{ apiVersion: string; kind: string; metadata: Readonly<{ name: string }> }>

const folder = join(deployFolder, 'kubernetes')
const NO_MANIFESTS = ['credit-reminders.yaml', 'kustomization.yaml']
const names = (await readdir(folder)).filter((name) => !NO_MANIFESTS.includes(name))
const manifests = (await Promise.all(names.map((name) => yamlOf<Manifest>(`kubernetes/${name}`)))).flat()
const manifest = <T>(kind: string, name = 'credit-reminders') =>
  manifests.find((each) => each.kind === kind && each.metadata.name === name) as T

const deployment = manifest<Deployment>('Deployment').spec
const pod = deployment?.template.spec as PodSpec
const [service] = pod.containers as [Container]
const job = manifest<Job>('Job', 'credit-reminders-migrate').spec?.template.spec as PodSpec
const secret = (name?: string) => manifest<{ stringData: Record<string, string> }>('Secret', name).stringData

/** Where the types of Kubernetes's own API have each kind. */
const MODULES: Readonly<Record<string, string>> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'batch/v1': 'batch/v1',
  'policy/v1': 'policy/v1',
  'networking.k8s.io/v1': 'networking/v1',
}

describe('the manifests', () => {
  test('have only fields that the API of Kubernetes has, of its types', async () => {
    const lines = manifests.map(
      (each, index) =>
        `export const m${index}: import('kubernetes-types/${MODULES[each.apiVersion]}.d.ts').${each.kind} = ${JSON.stringify(each)}`,
    )
    // Below node_modules, so that the types are found from there.
    const scratch = join(packageFolder, 'node_modules/.cache', `manifests-${process.pid}`)
    await mkdir(scratch, { recursive: true })
    try {
      await writeFile(join(scratch, 'manifests.ts'), lines.join('\n'))
      await writeFile(
        join(scratch, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: { strict: true, noEmit: true, skipLibCheck: true, types: [] } }),
      )
      const tsc = join(packageFolder, 'node_modules/.bin/tsc')
      const { stdout } = spawnSync(tsc, ['-p', scratch], { encoding: 'utf8' })
      expect(stdout).toBe('')
    } finally {
      await rm(scratch, { recursive: true })
    }
  })

  test('name each other rightly', () => {
    const labels = deployment?.template.metadata?.labels ?? {}
    expect(labels).toMatchObject(deployment?.selector.matchLabels ?? {})
    expect(labels).toMatchObject(manifest<{ spec: { selector: object } }>('Service').spec.selector)
    expect(labels).toMatchObject(
      manifest<{ spec: { selector: { matchLabels: object } } }>('PodDisruptionBudget').spec.selector.matchLabels,
    )
    expect(service.envFrom?.map(({ secretRef }) => secretRef?.name)).toEqual(['credit-reminders'])
    expect(pod.volumes?.map(({ name }) => name)).toEqual(service.volumeMounts?.map(({ name }) => name))
  })

  test('give the program all that it needs, in settings that exist', () => {
    const own = Object.fromEntries((service.env ?? []).map(({ name, value = '' }) => [name, value]))
    expectSettingsButSecret({ ...own, ...secret() })
    expectSettings(secret('credit-reminders-migrate'), { sends: false })
    expect(job.containers[0]?.env?.map(({ name }) => name)).toEqual(['DATABASE_URL'])
    expectCommand(service.args ?? [])
    expectCommand(job.containers[0]?.args ?? [])
  })

  test('have rules that the program takes, where it looks for them', async () => {
    await expect(readRules(join(folder, 'credit-reminders.yaml'))).resolves.toBeDefined()
    const named = service.env?.find(({ name }) => name === 'CREDIT_REMINDERS_CONFIG')?.value
    expect(named).toBe(`${service.volumeMounts?.[0]?.mountPath}/credit-reminders.yaml`)
  })

  test('ask for health where it is told, and publish to the internet only what is for people outside', () => {
    for (const probe of [service.startupProbe, service.livenessProbe, service.readinessProbe])
      expect(probe?.httpGet).toEqual({ path: '/healthz', port: 'http' })
    expect(service.ports).toEqual([{ name: 'http', containerPort: 8080 }])
    const text = JSON.stringify(manifest('Ingress'))
    expect([...text.matchAll(/"path":"([^"]+)"/g)].map(([, path]) => path)).toEqual([
      '/unsubscribe/',
      '/webhooks/bounces',
    ])
  })

  test('let every container do the least, and stop it with patience', () => {
    for (const { securityContext, containers, automountServiceAccountToken } of [pod, job]) {
      expect(automountServiceAccountToken).toBe(false)
      expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      expect(containers[0]?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      expect(containers[0]?.resources).toMatchObject({ requests: {}, limits: {} })
    }
    // The program takes up to 30 s, and 20 s more where the database is away (docs/operations.md); what comes before it
    // counts.
    const [, before] = service.lifecycle?.preStop?.exec?.command ?? []
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(50 + Number(before))
  })
})

/** That of Debian 12 is 1.20, and does not know all that stands in kustomization.yaml. */
function hasKubectl(): boolean {
  if (!isThere('kubectl')) return false
  const { stdout } = spawnSync('kubectl', ['version', '--client', '--output', 'json'], { encoding: 'utf8' })
  return Number(/"minor": "(\d+)/.exec(stdout)?.[1]) >= 27
}

describe.skipIf(!hasKubectl())('kubectl kustomize (skipped where there is no kubectl of 1.27 or later)', () => {
  test('puts them together, with the rules under the name that the pods ask for, and no secret', () => {
    const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const [, rules] = /kind: ConfigMap\nmetadata:\n(?: .*\n)*? {2}name: (\S+)/.exec(stdout) ?? []
    expect(stdout).toMatch(new RegExp(`configMap:\\n +name: ${rules}\\n`))
    expect(stdout).not.toContain('kind: Secret')
    expect(stdout.match(/image: (\S+)/g)).toEqual(Array(2).fill('image: registry.example.com/credit-reminders:0.1.0'))
  })
})
