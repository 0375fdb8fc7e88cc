/**
 * `hubless/discovery`: services that can be found without a broker. A service announces itself with a RESPONDENT, a
 * directory asks with a SURVEYOR; who does not answer is not there. See docs/discovery.md.
 *
 * @module hubless/discovery
 */
export type { Allow } from './addresses.ts'
export { Announcement, type AnnounceOptions, announce, type ServiceDescription } from './announcement.ts'
export { Directory, type DirectoryOptions, type Query, type Trust } from './directory.ts'
export type { Answer, AnswerTo, Question, Service, ServiceIdentity, ServiceStats, Verb } from './messages.ts'
