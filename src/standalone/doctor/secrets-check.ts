import { isReadByOthers, isWrittenByOthers } from '../secret-file-mode.ts'
import type { SecretSource } from '../setting.ts'
import { type CheckResult, fail, ok, together, warn } from './check.ts'

/** A password that a person has made up has fewer; random ones of 16 bytes and more have more. */
const DIFFERENT_CHARACTERS_MIN = 10
const CHARACTERS_MIN = 16

/** How good the secrets are that the configuration has read by `secretSetting`, and who else can read or change them. */
export function checkSecrets(sources: readonly SecretSource[]): CheckResult {
  const problems = [...sources.flatMap(problemsOf), ...sharedBy(sources)]
  if (problems.length > 0) return together(problems)
  if (sources.length === 0) return ok('none was read by secretSetting(), so that there is nothing to look at')
  return ok(sources.map(({ name, from }) => `${name} (${WORDS[from]})`).join(', '))
}

const WORDS = { variable: 'variable', file: 'file', made: 'made by the server' } as const

function problemsOf({ name, path, mode, secret }: SecretSource): readonly CheckResult[] {
  const problems: CheckResult[] = []
  if (isWrittenByOthers(path, mode)) {
    problems.push(fail(`others can change the file of ${name}`, `Make a new secret, then chmod 600 ${path}.`))
  } else if (isReadByOthers(path, mode)) {
    problems.push(warn(`every user can read the file of ${name}`, `chmod 600 ${path}.`))
  }
  const text = secret.reveal()
  if (text.length < CHARACTERS_MIN || new Set(text).size < DIFFERENT_CHARACTERS_MIN) {
    problems.push(warn(`${name} can be guessed`, `Make a random one: openssl rand -base64 32.`))
  }
  if (text !== text.trim()) {
    problems.push(warn(`${name} begins or ends with a space`, 'Look whether the space belongs to it.'))
  }
  return problems
}

/** Who learns one of two equal secrets knows the other. */
function sharedBy(sources: readonly SecretSource[]): readonly CheckResult[] {
  return sources.flatMap(({ name, secret }, index) => {
    const other = sources.slice(0, index).find((one) => one.secret.reveal() === secret.reveal())
    if (other === undefined) return []
    return [warn(`${other.name} and ${name} are the same`, 'Give each purpose a secret of its own.')]
  })
}
