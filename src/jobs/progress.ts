/** Whoever wants to see how far a long piece of work is. */
export type Progress = Readonly<{ advanceTo: (done: number) => void }>

/** Nobody looks. */
export const NO_PROGRESS: Progress = { advanceTo: () => {} }
