import type { LogLine } from '../engine/api.ts'
import type { Settings } from './options.ts'

const WINDOW_MS = 60_000

/** Log lines about what strangers can bring about as often as they like. */
export interface FewLines {
  write(line: LogLine): void
  /** True while a line would still be written. One that would not is counted. */
  hasRoom(): boolean
  /** Says how many were left out, and says no more. */
  end(): void
}

/**
 * Writes the first `linesPerMinuteMax` lines of each minute, and at its end how many more there were: the log stays
 * readable and the disk free, and nothing is left out in silence. `about` says what they are lines of.
 */
export function fewLines(
  { log, nowMs }: Pick<Settings, 'log' | 'nowMs'>,
  about: string,
  linesPerMinuteMax: number,
): FewLines {
  let endsAtMs = Number.NEGATIVE_INFINITY
  let written = 0
  let leftOut = 0
  let atEnd: NodeJS.Timeout | undefined

  const sayLeftOut = (): void => {
    clearTimeout(atEnd)
    atEnd = undefined
    if (leftOut > 0) log({ level: 'warn', message: `${about}: ${leftOut} more within a minute` })
    leftOut = 0
  }
  const hasRoom = (): boolean => {
    const now = nowMs()
    // A clock that was set back begins a new minute too.
    if (now >= endsAtMs || now < endsAtMs - WINDOW_MS) {
      sayLeftOut()
      endsAtMs = now + WINDOW_MS
      written = 0
    }
    if (written < linesPerMinuteMax) return true
    leftOut++
    atEnd ??= setTimeout(sayLeftOut, WINDOW_MS).unref()
    return false
  }
  return {
    hasRoom,
    write: ({ message, ...line }) => {
      if (!hasRoom()) return
      written++
      log({ ...line, message: `${about}: ${message}` })
    },
    end: sayLeftOut,
  }
}
