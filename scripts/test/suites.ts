/** One suite of `npm test`. All run one after the other, each with both cores for itself. */
export interface Suite {
  readonly name: string
  /** The suite is stopped and has failed when it takes longer: about twice what it usually takes. */
  readonly budgetSeconds: number
  /** Files for node's test runner, as globs; one that fits no file is a failure. */
  readonly tests?: readonly string[]
  /** Files that `tests` does not mean. */
  readonly except?: readonly string[]
  /** So many files run at the same time; default 2, one for each core. More where most of them wait most of the time. */
  readonly atOnce?: number
  /** Or one command; it counts as one test. */
  readonly command?: readonly string[]
  /** True when its tests open a browser. */
  readonly browser?: boolean
}

const bin = (name: string): string => `node_modules/.bin/${name}`
const node = [process.execPath, '-C', 'counterfoil-source'] as const

/** Everything that `npm test` runs, in this order. */
export const suites: readonly Suite[] = [
  { name: 'format', budgetSeconds: 10, command: [bin('biome'), 'format', '.'] },
  { name: 'lint', budgetSeconds: 20, command: [bin('oxlint'), '--type-aware', '--deny-warnings'] },
  { name: 'types', budgetSeconds: 20, command: [bin('tsc'), '-p', 'tsconfig.json'] },
  { name: 'unit', budgetSeconds: 230, tests: ['src/**/*.test.ts', 'examples/**/*.test.ts'] },
  {
    name: 'house',
    budgetSeconds: 80,
    tests: ['test/house/*.test.ts'],
    except: ['test/house/mutations.test.ts'],
  },
  { name: 'package', budgetSeconds: 150, tests: ['test/package/*.test.ts'] },
  {
    name: 'simulation',
    budgetSeconds: 75,
    command: [...node, 'test/simulation/main.ts', '--seeds', '2000', '--json'],
  },
  {
    name: 'mutations',
    budgetSeconds: 75,
    tests: ['test/house/mutations.test.ts', 'test/simulation/*.test.ts'],
  },
  { name: 'postgres', budgetSeconds: 100, tests: ['test/postgres/*.test.ts'] },
  { name: 'crash', budgetSeconds: 80, tests: ['test/crash/**/*.test.ts'] },
  { name: 'disk', budgetSeconds: 80, tests: ['test/disk/*.test.ts'] },
  { name: 'model', budgetSeconds: 60, tests: ['test/model/*.test.ts'] },
  {
    // Both wait for processes most of the time.
    name: 'demo',
    budgetSeconds: 120,
    tests: ['test/chaos/*.test.ts', 'test/demo/*.test.ts'],
    atOnce: 3,
  },
  {
    name: 'browser',
    budgetSeconds: 230,
    tests: ['test/e2e/**/*.test.ts'],
    atOnce: 3,
    browser: true,
  },
]

/**
 * A suite gets no more than what the ones before it have left. All together take seven to nine minutes on two cores; one
 * that others use at the same time gets a third more, within the fifteen of `.ci/run`.
 */
export const TOGETHER_SECONDS_MAX = 780
