export { eventually, inTime } from '../../demo/waiting.ts'

/** Whatever a browser or a process of this suite waits for, it waits for at most so long. */
export const PAGE_WITHIN_MS = 15_000
/** A page that shows something sooner or later is loaded so often: each time is a tenth of a second of work. */
export const LOAD_EVERY_MS = 250
/** From kill or silence to the payment's end: the answer's time limit, the waiting rule in scaled time, the rounds. */
export const END_WITHIN_MS = 30_000
/** A process that was killed or asked to end is gone within this. */
export const GONE_WITHIN_MS = 20_000
/** The shop answers so soon after its start. */
export const OPEN_WITHIN_MS = 5_000
/** One request to the shop or to the simulator's control interface. */
export const REQUEST_WITHIN_MS = 5_000
