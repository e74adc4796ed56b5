import type { Command } from './command.ts'

/** Every command. Each loads its own code when it is called, so that `--help` loads nothing. */
export const commands: readonly Command[] = [
  {
    name: 'start',
    usage: ['start [--config FILE]'],
    summary: 'run the server alone: pages, notifications and API, as counterfoil.config.ts says',
    run: async (argv, output) => (await import('./start.ts')).start(argv, output),
  },
  {
    name: 'doctor',
    usage: ['doctor [--config FILE] [--json] [--send]'],
    summary: 'look at everything that the server needs, and say what to do; the server may be running',
    run: async (argv, output) => (await import('./doctor.ts')).doctor(argv, output),
  },
  {
    name: 'pipelines',
    usage: ['pipelines [--config FILE | --defaults]'],
    summary: 'print the pipelines as they will run: of a configuration, or the default ones',
    run: async (argv, output) => (await import('./pipelines.ts')).pipelines(argv, output),
  },
  {
    name: 'cases',
    usage: [
      'cases list (--server URL [--key-file FILE] | --journal FILE) [--limit N] [--json]',
      'cases show ID (--server URL [--key-file FILE] | --journal FILE) [--json]',
      'cases resolve ID ACTION --server URL [--key-file FILE] --why TEXT [--amount AMOUNT] [--json]',
    ],
    summary: 'what a person must decide, with its evidence, and what they have decided',
    run: async (argv, output) => (await import('./cases.ts')).cases(argv, output),
  },
  {
    name: 'reconcile',
    usage: [
      'reconcile FILE --gateway NAME --server URL [--key-file FILE] [--columns FILE] [--account CODE] [--report NAME] [--period-end TIME] [--since TIME] [--json]',
    ],
    summary: "compare a provider's settlement report with what a running server has written down",
    run: async (argv, output) => (await import('./reconcile.ts')).reconcile(argv, output),
  },
  {
    name: 'journal',
    usage: ['journal copy FILE [--to-file FILE] [--schema NAME]'],
    summary:
      'move the journal of a stopped server to PostgreSQL; COUNTERFOIL_DATABASE_URL or the file says where',
    run: async (argv, output) => (await import('./journal.ts')).journal(argv, output),
  },
  {
    name: 'simulate',
    usage: ['simulate [OPTIONS]'],
    summary: "run the simulator of a provider, so that nobody's money moves; see simulate --help",
    hasOwnHelp: true,
    run: async (argv) => (await import('./simulate.ts')).simulate(argv),
  },
]

/** What `--help` prints: of every command, or of some. */
export function usage(shown: readonly Command[] = commands): string {
  const lines = shown.flatMap(({ usage: calls, summary }) => [
    ...calls.map((call) => `  counterfoil ${call}`),
    `      ${summary}`,
  ])
  return ['Usage:', ...lines, '  counterfoil --help', '  counterfoil --version'].join('\n')
}
