/** The rules of options by themselves, for what sits on top and holds its own options to the same ones. */
export {
  abortSignal,
  boolean,
  callable,
  check,
  checkNames,
  duration,
  invalid,
  isObject,
  notAllowed,
  object,
  type Rule,
  range,
  show
} from './core/rules.ts'
