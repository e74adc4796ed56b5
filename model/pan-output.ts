/** What one run of pan, SPIN's verifier, has told. */
export interface PanReport {
  /** False when anything was left out: too deep, no memory, stopped. An error that was found is one all the same. */
  readonly isComplete: boolean
  /** Why not, in pan's own words. */
  readonly cutOff: string | undefined
  readonly errors: number
  /** The name of the invariant in the assertion that failed, such as `S3_closed_is_not_live`. */
  readonly invariant: string | undefined
  /** The assertion that failed, or what else was wrong. */
  readonly violation: string | undefined
  readonly states: number
  readonly depth: number
  /** Stories that were not reached; undefined when pan did not say. */
  readonly unreachedStories: readonly string[] | undefined
}

/** Whatever says that a part of the state space was not looked at. */
const CUT_OFF =
  /^.*(?:max search depth too small|Search not completed|out of memory|MEMLIM|VECTORSZ|hash table full|Bit statespace search|aborting).*$/im

/**
 * Reads what pan prints. Only what looks like a whole search of everything is complete: the words for it must be
 * there, and no word of any cut.
 */
export function readPanOutput(output: string): PanReport {
  const errors = numberAfter(output, /\berrors: (\d+)/)
  const states = numberAfter(output, /^\s*(\d+(?:\.\d+e[+-]?\d+)?) states, stored/m)
  const depth = numberAfter(output, /depth reached (\d+)/)
  const violation = /^pan:\d+: (.*?)(?: \(at depth \d+\))?$/m.exec(output)?.[1]
  const cut = CUT_OFF.exec(output)?.[0].trim()
  const isWhole = /^Full statespace search for:/m.test(output) && errors !== undefined && states !== undefined
  return {
    isComplete: isWhole && cut === undefined,
    cutOff: cut ?? (isWhole ? undefined : 'pan ended without a report'),
    errors: errors ?? 0,
    invariant: violation === undefined ? undefined : /\|\|\s*([SLF]\d+_\w+)\)$/.exec(violation)?.[1],
    violation,
    states: states ?? 0,
    depth: depth ?? 0,
    unreachedStories: storiesIn(output),
  }
}

function numberAfter(output: string, pattern: RegExp): number | undefined {
  const text = pattern.exec(output)?.[1]
  return text === undefined ? undefined : Number(text)
}

/** pan lists, by process, the statements that no run came to. */
function storiesIn(output: string): readonly string[] | undefined {
  const [, listed] = output.split(/^unreached in proctype Story$/m)
  const list = listed?.split(/^unreached in proctype /m)[0]
  return list === undefined
    ? undefined
    : [...list.matchAll(/"printf\('story: (.*?)(?:\\n)?'\)"/g)].map(([, story = '']) => story)
}
