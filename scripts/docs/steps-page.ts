import { commitsOnPath } from '../../src/pipeline/check-module.ts'
import {
  authorizeAndCapturePreprocess,
  authorizeAndCaptureProcess,
  authorizeProcess,
  defaultPipelines,
  internalConfirm,
  salePreprocess,
  saleProcess,
} from '../../src/pipeline/defaults.ts'
import type { Pipeline } from '../../src/pipeline/pipeline.ts'
import { type ChildPipelineName, childPipelines, type Step } from '../../src/pipeline/step.ts'
import * as builtIn from '../../src/pipeline/steps/index.ts'
import { textOf } from '../program.ts'
import { code, GENERATED, page, table } from './markdown.ts'

const KINDS: readonly (readonly [Step['kind'], string, string])[] = [
  ['local', 'looks, checks, computes, decides', 'is run again after a crash'],
  [
    'action',
    "writes outside before money moves, on the payer's path",
    'is written down before, called with a key and a deadline; where its end is unknown, no money moves and its undo is queued',
  ],
  ['gateway', 'asks for money to move', 'is written down before, sent once, inquired when in doubt'],
  ['effect', 'writes outside after the commit', 'is called until it succeeds, with the same key every time'],
  ['select', 'says which status pipeline runs', 'looks again each time the status changes'],
  [
    'redirect',
    "marks where the payer's browser is sent to the provider's page",
    'does nothing by itself: where that page is was written down before',
  ],
  [
    'check',
    'looks at a notification before it is weighed: `ok`, `hint`, `later` or `refuse`',
    'looks again; a check that fails says `later`',
  ],
  [
    'record',
    'marks where a notification is weighed, and what follows from it is written down',
    'is done once for each notification, however often it comes',
  ],
]

/** docs/reference/steps.md */
export function stepsPage(): string {
  const rows = builtInSteps().map(({ exported, step, isMade }) => [
    code(step.name),
    code(isMade ? `${exported}(...)` : exported),
    step.kind,
    descriptionOf(step, exported),
    [
      ...(step.calls.length > 0 ? [`calls ${step.calls.map((call) => code(`${call}()`)).join(', ')}`] : []),
      ...(step.needs.length > 0 ? [`needs ${step.needs.map(({ name }) => code(name)).join(', ')}`] : []),
      ...(step.gives.length > 0 ? [`gives ${step.gives.map(({ name }) => code(name)).join(', ')}`] : []),
      ...('undo' in step && step.undo !== undefined ? ['has an undo'] : []),
    ].join('; '),
  ])
  return page(
    GENERATED,
    '# Built-in steps and default pipelines',
    `Each step is a named export of \`counterfoil\`. A step's kind says how it survives a crash:`,
    table(['Kind', 'What it does', 'How it survives'], KINDS),
    '## Steps',
    table(['Name', 'Export', 'Kind', 'What it does', 'Shop methods and values'], rows),
    '## Default pipelines of an internal module',
    `\`process\` runs when the payer submits the card form, \`confirm\` each time the provider calls. Internal modules
have the [status pipelines](#status-pipelines) too. \`counterfoil pipelines --config FILE\` prints the pipelines of your
modules as they will run.`,
    table(
      ['Pipeline', 'Steps', "Commits on the payer's path"],
      [
        ['`process`, provider with a sale', ...stepsAndCommits(saleProcess)],
        ['`process`, authorize only', ...stepsAndCommits(authorizeProcess)],
        ['`process`, provider without a sale', ...stepsAndCommits(authorizeAndCaptureProcess)],
        ['`confirm`', namesOf(internalConfirm), ''],
      ],
    ),
    '## Default pipelines of an external module',
    `\`preprocess\` runs when the payer chooses the module, \`confirm\` each time the provider calls, \`postprocess\` and
\`cancel\` when the payer's browser comes back by a door. External modules have the
[status pipelines](#status-pipelines) too.`,
    table(
      ['Pipeline', 'Steps', "Commits on the payer's path"],
      [
        ['`preprocess`, provider with a sale', ...stepsAndCommits(salePreprocess)],
        [
          "`preprocess`, `onChangeOfMind: 'switch'` or provider without a sale",
          ...stepsAndCommits(authorizeAndCapturePreprocess),
        ],
        ['`confirm`', namesOf(defaultPipelines.confirm), ''],
        ['`postprocess`: the doors `success` and `pending`', namesOf(defaultPipelines.postprocess), ''],
        ['`cancel`: the doors `failure`, `cancel` and `error`', namesOf(defaultPipelines.cancel), ''],
      ],
    ),
    '## Status pipelines',
    `The first three run when the payment reaches their status, once for each status; the others once for each
fact that is learned after the end.`,
    table(
      ['Pipeline', 'Steps'],
      childPipelines.map((name) => [`${code(name)}: ${TOLD[name]}`, namesOf(defaultPipelines[name])]),
    ),
  )
}

const TOLD: Readonly<Record<ChildPipelineName, string>> = {
  statusOk: 'paid',
  statusCancel: 'declined or cancelled',
  statusPending: 'in progress',
  statusRefunded: 'a refund is done, or was made elsewhere',
  statusDisputed: 'charged back, or a chargeback was reversed',
  statusFailedLate: 'a capture or refund failed after all, an authorization expired or was voided elsewhere',
}

interface BuiltIn {
  readonly exported: string
  readonly step: Step
  /** The export is a function that makes the step. */
  readonly isMade: boolean
}

function builtInSteps(): readonly BuiltIn[] {
  const all = Object.entries(builtIn).flatMap(([exported, value]): readonly BuiltIn[] => {
    if (typeof value === 'function') return [{ exported, step: value([]), isMade: true }]
    return 'kind' in value ? [{ exported, step: value, isMade: false }] : []
  })
  // Of two that have one name, the one that is called so comes first: the other says in what it differs.
  const isOther = ({ exported, step }: BuiltIn): number => Number(exported !== camelCase(step.name))
  return all.toSorted((one, other) =>
    one.step.name === other.step.name
      ? isOther(one) - isOther(other)
      : one.step.name < other.step.name
        ? -1
        : 1,
  )
}

function camelCase(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function stepsAndCommits(process: Pipeline): readonly [string, string] {
  return [namesOf(process), String(commitsOnPath(process))]
}

function namesOf(pipeline: Pipeline): string {
  return pipeline.names.map(code).join(', ') || 'none'
}

/** The first paragraph of the doc comment above the step in its file. */
function descriptionOf(step: Step, exported: string): string {
  const path = `src/pipeline/steps/${step.name}.ts`
  const comments = [
    ...textOf(path).matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport (?:const|function) (\w+)/g),
  ]
  const [, comment] = comments.find(([, , name]) => name === exported) ?? []
  if (comment === undefined) throw new Error(`${path}: no doc comment stands above ${exported}`)
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*/, '').trim())
  const [paragraph = ''] = lines.join('\n').trim().split('\n\n')
  return paragraph.replaceAll('\n', ' ')
}
