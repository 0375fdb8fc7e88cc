/**
 * What an option is. One table of these per command is all there is: parsing, conflicts, requirements, help, completion
 * and the documentation derive from it, as nanocat's do from its own (nanomsg tools/options).
 */

/** What options provide, need of each other and exclude, such as `socket` or `data`. */
export type Trait = string

export interface Option<S> {
  /** Without the dashes. */
  readonly long: string
  /** One letter. */
  readonly short?: string
  /** A program of this name has the option set already. */
  readonly program?: string
  /** What stands for the argument in the help; absent = it takes none. */
  readonly argument?: string
  readonly group: string
  readonly about: string
  readonly provides?: readonly Trait[]
  /** Refused when an earlier option provides one of these. */
  readonly conflicts?: readonly Trait[]
  /** Refused unless the options together provide all of these. */
  readonly requires?: readonly Trait[]
  /**
   * Not an option of nanomsg's nanocat. Those keep their abbreviations: an extension is abbreviated only where none of
   * them fits, and lists that nanocat prints do not show it.
   */
  readonly extension?: true
  /** The values of the argument, for completion and for the list that a wrong one is answered with. */
  readonly choices?: readonly string[]
  /** Ends parsing at once. */
  readonly prints?: 'help' | 'version'
  /** Throws `BadValue` for an argument that is none. */
  readonly apply?: (settings: S, argument: string) => void
}

export interface Command<S> {
  readonly options: readonly Option<S>[]
  /** What must be provided in the end. */
  readonly required: readonly Trait[]
  /** One line under the usage. */
  readonly about: string
  /** The usage after the program's name; absent = nanocat's, made from the table. */
  readonly usage?: string
  /** Takes an argument that is no option; absent = there are none. */
  readonly operand?: (settings: S, text: string) => void
  /** Worked examples, for the end of the help. */
  readonly examples?: readonly string[]
}

/** An argument is malformed; `text` completes "Option --x ". */
export class BadValue extends Error {}
