/**
 * Reads a command line the way nanocat does: unique prefixes of long options, bundled short ones, attached arguments,
 * `--` and `-` skipped, conflicts found while reading and requirements afterwards.
 */
import * as complaints from './complaints.ts'
import type { Line, Usage } from './line.ts'
import { BadValue, type Command, type Option } from './option.ts'

/** Fills `settings` from `argv` (the program's name first), or says what is to be printed instead. Throws `UsageFailure`. */
export function parse<S>(command: Command<S>, argv: readonly string[], settings: S): 'help' | 'version' | undefined {
  return new Parser(command, argv, settings).run()
}

class Parser<S> {
  readonly #settings: S
  readonly #line: Line<S>
  readonly #words: string[]

  constructor(command: Command<S>, [program = '', ...words]: readonly string[], settings: S) {
    this.#settings = settings
    this.#words = words
    this.#line = { program, command, usages: new Map(), traits: new Set() }
  }

  run(): 'help' | 'version' | undefined {
    const { program, command } = this.#line
    const name = program.slice(program.lastIndexOf('/') + 1)
    for (const option of command.options) {
      if (option.program === name) this.#apply(option, { form: 'program', text: program }, '')
    }
    for (let word = this.#words.shift(); word !== undefined; word = this.#words.shift()) {
      const prints = this.#word(word)
      if (prints !== undefined) return prints
    }
    this.#checkRequirements()
    return undefined
  }

  #word(word: string): 'help' | 'version' | undefined {
    if (!word.startsWith('-')) {
      const { operand } = this.#line.command
      if (operand === undefined) throw complaints.unexpected(this.#line, word)
      operand(this.#settings, word)
      return undefined
    }
    if (word === '--') return undefined
    return word.startsWith('--') ? this.#long(word) : this.#bundle(word)
  }

  #long(word: string): 'help' | 'version' | undefined {
    const equals = word.indexOf('=')
    const name = word.slice(2, equals < 0 ? undefined : equals)
    const option = findLong(this.#line, word, name)
    const usage: Usage = { form: 'long', text: word }
    this.#line.usages.set(option, usage)
    if (option.argument === undefined) {
      if (equals >= 0) throw complaints.option(this.#line, option, 'does not accept argument')
      return this.#apply(option, usage, '')
    }
    return this.#apply(option, usage, equals < 0 ? this.#argument(option) : word.slice(equals + 1))
  }

  /** `-vL1234` is `-v -L 1234`. */
  #bundle(word: string): 'help' | 'version' | undefined {
    for (let i = 1; i < word.length; i++) {
      const letter = word.charAt(i)
      const option = this.#line.command.options.find((o) => o.short === letter)
      if (option === undefined) throw complaints.unknownShort(this.#line, letter)
      const usage: Usage = { form: 'short', text: letter }
      this.#line.usages.set(option, usage)
      if (option.argument !== undefined) {
        const attached = word.slice(i + 1)
        return this.#apply(option, usage, attached === '' ? this.#argument(option) : attached)
      }
      const prints = this.#apply(option, usage, '')
      if (prints !== undefined) return prints
    }
    return undefined
  }

  #argument(option: Option<S>): string {
    const word = this.#words.shift()
    if (word === undefined) throw complaints.option(this.#line, option, 'requires an argument')
    return word
  }

  #apply(option: Option<S>, usage: Usage, argument: string): 'help' | 'version' | undefined {
    const { usages, traits } = this.#line
    usages.set(option, usage)
    if (option.conflicts?.some((trait) => traits.has(trait))) throw complaints.conflict(this.#line, option)
    for (const trait of option.provides ?? []) traits.add(trait)
    try {
      option.apply?.(this.#settings, argument)
    } catch (error) {
      if (!(error instanceof BadValue)) throw error
      if (option.choices?.length) throw complaints.choice(this.#line, option, argument)
      throw complaints.option(this.#line, option, error.message)
    }
    return option.prints
  }

  #checkRequirements(): void {
    const { command, usages, traits } = this.#line
    for (const option of command.options) {
      if (!usages.has(option)) continue
      if (option.requires?.some((trait) => !traits.has(trait))) throw complaints.requirement(this.#line, option)
    }
    const missing = command.required.filter((trait) => !traits.has(trait))
    if (missing.length > 0) throw complaints.missing(this.#line, missing)
  }
}

/** An exact name, else the only one of nanocat's that begins so, else the only one of ours. */
function findLong<S>(line: Line<S>, word: string, name: string): Option<S> {
  const { options } = line.command
  const exact = options.find((option) => option.long === name)
  if (exact !== undefined) return exact
  for (const extension of [undefined, true] as const) {
    const found = name === '' ? [] : options.filter((o) => o.extension === extension && o.long.startsWith(name))
    const [first] = found
    if (found.length > 1) throw complaints.ambiguous(line, word, found)
    if (first !== undefined) return first
  }
  throw complaints.unknownLong(line, word, name)
}
