import type { LogLine } from '../engine/api.ts'

/** Where what happens goes: lines of the engine, of the pages, and of the process itself. */
export type Log = (line: LogLine) => void
