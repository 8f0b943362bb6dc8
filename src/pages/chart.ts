import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { html, raw } from 'hono/html'
import type { Html } from './document.ts'
import { SERIES_COLOURS } from './style.ts'

use([BarChart, LineChart, GridComponent, LegendComponent, SVGRenderer])

/** `drawn` only has to look right; `shown` is the exact figure, for the table. */
export type Point = Readonly<{ drawn: number; shown: string }>

export type Chart = Readonly<{
  title: string
  /** What it shows, in a sentence, for those who do not see it. */
  description: string
  form: 'bar' | 'line'
  /** Whether the bars of a place stand upon each other: only where their sum means something. */
  stacked: boolean
  /** Title of the column of places: `week`, `day`. */
  axis: string
  /** What stands below each place, such as the first day of a week. */
  places: readonly string[]
  /** At most four; each with a point for each place. */
  series: readonly Readonly<{
    name: string
    points: readonly Point[]
    /** Which of the colours it has; its place by default. For series that are to look alike in several charts. */
    colour?: 0 | 1 | 2 | 3
  }>[]
}>

/** Both are in the document, and the style shows one: a picture that shrinks to a phone has letters too small to read. */
const WIDE = { name: 'chart-wide', width: 960, height: 280 } as const
const NARROW = { name: 'chart-narrow', width: 360, height: 260 } as const

/** A chart as a picture in the document, with the same figures as a table. Its colours follow light and dark. */
export function chartFigure(chart: Chart): Html {
  return html`<figure>
<figcaption>${chart.title}</figcaption>
${picture(chart, WIDE)}
${picture(chart, NARROW)}
<details class="on-screen"><summary>The same figures as a table</summary>${figures(chart)}</details>
</figure>`
}

type Size = Readonly<{ name: string; width: number; height: number }>

function picture(chart: Chart, { name, width, height }: Size): Html {
  return html`<div class="${name}" role="img" aria-label="${chart.title}: ${chart.description}">${raw(svg(chart, width, height))}</div>`
}

function svg({ form, stacked, places, series }: Chart, width: number, height: number): string {
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    drawing.setOption({
      animation: false,
      color: series.map(({ colour }, place) => SERIES_COLOURS[colour ?? place] ?? SERIES_COLOURS[0]),
      textStyle: { fontFamily: 'inherit' },
      legend: { top: 0, left: 0, itemGap: 16, textStyle: { color: 'var(--ink)' }, show: series.length > 1 },
      grid: { left: 8, right: 8, top: series.length > 1 ? 36 : 16, bottom: 8, outerBoundsMode: 'same' },
      xAxis: {
        type: 'category',
        data: [...places],
        axisLine: { lineStyle: { color: 'var(--rule)' } },
        axisTick: { show: false },
        axisLabel: { color: 'var(--soft)', hideOverlap: true },
      },
      yAxis: {
        type: 'value',
        minInterval: 1,
        splitLine: { lineStyle: { color: 'var(--rule)' } },
        axisLabel: { color: 'var(--soft)', formatter: shortNumber },
      },
      series: series.map(({ name, points }) => ({
        name,
        type: form,
        ...(stacked && { stack: 'all' }),
        ...(form === 'line' && { showSymbol: points.length < 2, step: false as const }),
        barMaxWidth: 48,
        silent: true,
        data: points.map(({ drawn }) => drawn),
      })),
    })
    return drawing.renderToSVGString()
  } finally {
    // Left open, it keeps the process alive.
    drawing.dispose()
  }
}

const SHORT_NUMBER = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

function shortNumber(value: number): string {
  return SHORT_NUMBER.format(value)
}

function figures({ title, axis, places, series }: Chart): Html {
  return html`<div class="wide" role="region" aria-label="${title}, as a table" tabindex="0"><table>
<thead><tr><th scope="col">${axis}</th>${series.map(({ name }) => html`<th scope="col" class="number"><bdi>${name}</bdi></th>`)}</tr></thead>
<tbody>${places.map(
    (place, index) =>
      html`<tr><th scope="row">${place}</th>${series.map(({ points }) => html`<td class="number">${points[index]?.shown ?? ''}</td>`)}</tr>`,
  )}</tbody>
</table></div>`
}
