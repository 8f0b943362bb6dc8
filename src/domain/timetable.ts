/** The slots of a schedule: the instants at which a service sweeps. */
export type Timetable = Readonly<{
  /** The first slot at an instant or after it; null where none comes. */
  from: (instant: Date) => Date | null
  /** The last slot before an instant; null where there was none. */
  before: (instant: Date) => Date | null
}>
