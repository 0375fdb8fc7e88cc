/** Completion scripts, made from the same tables as everything else. */
import { clusterCommand } from './cluster/options.ts'
import { deviceCommand } from './device/options.ts'
import { healthCommand } from './health/options.ts'
import { hubCommand } from './hub/options.ts'
import { nanocat } from './options.ts'
import type { Option } from './parsing/option.ts'
import type { Shell } from './settings.ts'

type AnyOption = Pick<Option<never>, 'long' | 'short' | 'argument' | 'about' | 'choices'>

interface Completed {
  readonly about: string
  readonly options: readonly AnyOption[]
}

const plain: readonly AnyOption[] = nanocat.options
const subcommands: Readonly<Record<string, Completed>> = {
  cluster: { about: 'See and call a cluster', options: clusterCommand.options },
  device: { about: 'Forward between sockets', options: deviceCommand.options },
  health: { about: 'Probe an endpoint', options: healthCommand.options },
  hub: { about: 'Let members of a cluster meet', options: hubCommand.options }
}
const names = Object.keys(subcommands).join(' ')
const takesFile = ['file', 'key-file', 'cacert', 'cert', 'key', 'bind-ipc', 'connect-ipc']

export function completion(shell: Shell): string {
  return { bash, zsh, fish }[shell]()
}

function bash(): string {
  const words = (options: readonly AnyOption[]): string =>
    options.flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])]).join(' ')
  const cases = [plain, ...Object.values(subcommands).map(({ options }) => options)]
    .flat()
    .filter(({ choices }) => choices !== undefined)
    .map(({ long, choices }) => `    --${long}) COMPREPLY=($(compgen -W '${choices?.join(' ')}' -- "$cur")); return ;;`)
  return `_nanocat() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$prev" in
${[...new Set(cases)].join('\n')}
    ${takesFile.map((name) => `--${name}`).join('|')}|-F|-E|-x|-X) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${Object.entries(subcommands)
  .map(([name, { options }]) => `    ${name}) COMPREPLY=($(compgen -W '${words(options)}' -- "$cur")) ;;`)
  .join('\n')}
    *) COMPREPLY=($(compgen -W '${names} ${words(plain)}' -- "$cur")) ;;
  esac
}
complete -F _nanocat nanocat
`
}

function zsh(): string {
  const specs = (options: readonly AnyOption[]): string =>
    options
      .flatMap((option) => {
        const { long, short, argument, about, choices } = option
        const text = about.replace(/[[\]:']/g, (c) => (c === "'" ? "'\\''" : `\\${c}`))
        const value = choices === undefined ? (takesFile.includes(long) ? '_files' : ' ') : `(${choices.join(' ')})`
        const after = argument === undefined ? '' : `:${argument}:${value}`
        return [`--${long}`, ...(short === undefined ? [] : [`-${short}`])].map((n) => `    '*${n}[${text}]${after}'`)
      })
      .join(' \\\n')
  return `#compdef nanocat
_nanocat() {
  case "\${words[2]}" in
${Object.entries(subcommands)
  .map(([name, { options }]) => `    ${name}) _arguments '1:command:(${name})' \\\n${specs(options)} ;;`)
  .join('\n')}
    *) _arguments '1:command:(${names})' \\
${specs(plain)} ;;
  esac
}
compdef _nanocat nanocat
`
}

function fish(): string {
  const all = [
    ['', plain] as const,
    ...Object.entries(subcommands).map(([name, { options }]) => [name, options] as const)
  ]
  const lines = all.flatMap(([command, options]) => {
    const when =
      command === '' ? `-n 'not __fish_seen_subcommand_from ${names}'` : `-n '__fish_seen_subcommand_from ${command}'`
    return options.map(({ long, short, argument, about, choices }) => {
      const letter = short === undefined ? '' : ` -s ${short}`
      const value = choices === undefined ? (argument === undefined ? '' : ' -r') : ` -x -a '${choices.join(' ')}'`
      return `complete -c nanocat ${when} -l ${long}${letter}${value} -d '${about.replace(/'/g, "\\'")}'`
    })
  })
  const first = Object.entries(subcommands).map(([command, { about }]) => {
    return `complete -c nanocat -n __fish_use_subcommand -f -a ${command} -d '${about}'`
  })
  return `${[...first, ...lines].join('\n')}\n`
}
