import { expect, test } from 'vitest'
import { readExposition } from './exposition.ts'
import { faultsOf } from './promql.ts'

const SCRAPED = readExposition(`# HELP a_total things
# TYPE a_total counter
a_total{outcome="sent"} 3
b_seconds_bucket{le="+Inf",verdict="accepted"} 1
c 0
`)
const faults = (expression: string) => faultsOf(expression, SCRAPED, { outcome: ['failed'] })

test('an expression that asks for what there is has no fault', () => {
  expect(faults('sum by (outcome, instance) (rate(a_total{job=~"x",outcome!="failed"}[5m])) > 2')).toEqual([])
  expect(faults('histogram_quantile(0.9, sum by (le) (rate(b_seconds_bucket{verdict="accepted"}[5m])))')).toEqual([])
  expect(faults('max(c) > 10 and max(c) > 0.5 * max(a_total{outcome="sent"})')).toEqual([])
})

test('a metric, a label, a value and a grouping that there is not are found', () => {
  expect(faults('max(a) > 0')).toEqual(['no metric a'])
  expect(faults('max(c) > 0 and absent(d_total)')).toEqual(['no metric d_total'])
  expect(faults('c{outcome="sent"}')).toEqual(['c has no label outcome'])
  expect(faults('a_total{outcome="snet"}')).toEqual(['outcome is never "snet"'])
  expect(faults('a_total{outcome=~"se.*"}')).toEqual(['outcome of a_total is not matched as a whole'])
  expect(faults('sum by (reason) (a_total)')).toEqual(['nothing has a label reason'])
  expect(faults('1 > 0')).toEqual(['it asks for nothing'])
})

test('what is no PromQL is an error that names it', () => {
  expect(() => faults('sum by (outcome (a_total)')).toThrow(/^no PromQL at \d+: sum by/)
  expect(() => faults('rate(a_total[5x])')).toThrow('no PromQL')
})
