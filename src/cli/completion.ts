/** Completion scripts, made from the same tables as everything else. */
import { deviceCommand } from './device/options.ts'
import { healthCommand } from './health/options.ts'
import { nanocat } from './options.ts'
import type { Option } from './parsing/option.ts'
import type { Shell } from './settings.ts'

type AnyOption = Pick<Option<never>, 'long' | 'short' | 'argument' | 'about' | 'choices'>

const commands: Readonly<Record<string, readonly AnyOption[]>> = {
  '': nanocat.options,
  device: deviceCommand.options,
  health: healthCommand.options
}
const takesFile = ['file', 'cacert', 'cert', 'key', 'bind-ipc', 'connect-ipc']

export function completion(shell: Shell): string {
  return { bash, zsh, fish }[shell]()
}

function bash(): string {
  const words = (options: readonly AnyOption[]): string =>
    options.flatMap(({ long, short }) => [`--${long}`, ...(short === undefined ? [] : [`-${short}`])]).join(' ')
  const cases = Object.values(commands)
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
    device) COMPREPLY=($(compgen -W '${words(commands.device ?? [])}' -- "$cur")) ;;
    health) COMPREPLY=($(compgen -W '${words(commands.health ?? [])}' -- "$cur")) ;;
    *) COMPREPLY=($(compgen -W 'device health ${words(commands[''] ?? [])}' -- "$cur")) ;;
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
    device) _arguments '1:command:(device)' \\
${specs(commands.device ?? [])} ;;
    health) _arguments '1:command:(health)' \\
${specs(commands.health ?? [])} ;;
    *) _arguments '1:command:(device health)' \\
${specs(commands[''] ?? [])} ;;
  esac
}
compdef _nanocat nanocat
`
}

function fish(): string {
  const lines = Object.entries(commands).flatMap(([command, options]) => {
    const when =
      command === ''
        ? "-n 'not __fish_seen_subcommand_from device health'"
        : `-n '__fish_seen_subcommand_from ${command}'`
    return options.map(({ long, short, argument, about, choices }) => {
      const letter = short === undefined ? '' : ` -s ${short}`
      const value = choices === undefined ? (argument === undefined ? '' : ' -r') : ` -x -a '${choices.join(' ')}'`
      return `complete -c nanocat ${when} -l ${long}${letter}${value} -d '${about.replace(/'/g, "\\'")}'`
    })
  })
  const names = ["device 'Forward between sockets'", "health 'Probe an endpoint'"]
  const first = names.map((name) => {
    const [command, text] = name.split(/ (.*)/)
    return `complete -c nanocat -n __fish_use_subcommand -f -a ${command} -d ${text}`
  })
  return `${[...first, ...lines].join('\n')}\n`
}
