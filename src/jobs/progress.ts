/** Shows how far a long piece of work is. */
export type Progress = Readonly<{
  advance: (count: number) => void
  expect: (total: number) => void
  finish: () => void
}>

/** Begins to show a piece of work under its name. */
export type OpenProgress = (label: string) => Progress

/** Nobody looks. */
export const noProgress: OpenProgress = () => ({ advance: () => {}, expect: () => {}, finish: () => {} })
