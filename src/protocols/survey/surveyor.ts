/**
 * SURVEYOR: asks everybody and collects answers until a deadline. `survey()` has any number of surveys at a time; `send`
 * and `recv` are nanomsg's one at a time, where a new send ends the old survey. sp-surveyor.
 */
import type { BodyInput } from '../../core/body.ts'
import type { SocketContext } from '../../core/context.ts'
import { SpError } from '../../core/errors.ts'
import { type Incoming, readWord, writeWord } from '../../core/incoming.ts'
import type { Message } from '../../core/message.ts'
import { DuplexSocket } from '../../core/messaging.ts'
import type { CodecOption, SocketOptions, SurveyorOnlyOptions } from '../../core/options.ts'
import type { Pipe } from '../../core/pipe.ts'
import type { Body } from '../../core/platform.ts'
import type { Open, Protocol, ProtocolDefinition, Receiver, Sender } from '../../core/protocol.ts'
import { Broadcast } from '../../core/routing/broadcast.ts'
import { Inbox } from '../../core/routing/inbox.ts'
import { check, duration, type OptionRule, object, option } from '../../core/rules.ts'
import { cookedShape } from '../../core/shape.ts'
import { checkWaitOptions, type RecvOptions, type WaitOptions } from '../../core/waiting.ts'
import { idBit } from '../backtrace.ts'
import { IdTable } from '../id-table.ts'
import { type SurveyOptions, SurveyResponses } from './responses.ts'
import { Survey } from './survey.ts'

export const surveyorOptions: Record<keyof SurveyorOnlyOptions, OptionRule> = { deadline: option(1000, duration) }

class SurveyorProtocol implements Protocol, Sender, Receiver {
  readonly sender: Sender = this
  readonly receiver: Receiver = this
  readonly #context: SocketContext
  readonly #broadcast: Broadcast
  readonly #surveys = new IdTable<Survey>()
  /** The survey of `send` and `recv`, and its answers. */
  readonly #inbox: Inbox
  #current: Survey | undefined

  constructor(context: SocketContext) {
    this.#context = context
    this.#broadcast = new Broadcast(context, (header, body) =>
      this.#broadcast.distributor.send(header, body, undefined, this.#surveys.get(readWord(header, 0))?.asked)
    )
    this.#inbox = new Inbox(context)
  }

  attach(pipe: Pipe): void {
    this.#broadcast.distributor.add(pipe)
  }

  detach(pipe: Pipe): void {
    this.#broadcast.distributor.remove(pipe)
    this.#inbox.detach(pipe)
  }

  writable(pipe: Pipe): void {
    this.#broadcast.distributor.writable(pipe)
  }

  receive(pipe: Pipe, message: Incoming): void {
    const { size } = message
    const id = message.word()
    if (id < idBit) {
      this.#context.drop('malformed', pipe, size)
      return
    }
    const survey = this.#surveys.get(id)
    if (survey?.asked.has(pipe.id)) survey.answered(pipe, message.body())
    else this.#context.drop('late-reply', pipe, size)
  }

  trySend(_header: Uint8Array, body: Body): boolean {
    return this.#broadcast.trySend(this.#replaceCurrent(), body)
  }

  async send(_header: Uint8Array, body: Body, options?: WaitOptions): Promise<void> {
    checkWaitOptions(options)
    await this.#broadcast.send(this.#replaceCurrent(), body, options)
  }

  tryRecv<R>(open: Open<R>): R | undefined {
    const survey = this.#outstanding()
    const value = survey.inbox.tryRecv(open)
    if (value === undefined && survey.state === 'expired') throw survey.tellExpired()
    return value
  }

  async recv<R>(open: Open<R>, options?: RecvOptions): Promise<R> {
    checkWaitOptions(options)
    const survey = this.#outstanding()
    if (survey.state === 'running') return survey.inbox.recv(open, options)
    const value = survey.inbox.tryRecv(open)
    if (value === undefined) throw survey.tellExpired()
    return value
  }

  /** Starts a survey of its own. */
  survey(body: Body, deadline: number): Survey {
    const survey = this.#start(new Inbox(this.#context), deadline)
    // Only closing rejects it, and that ends the survey as well.
    this.#broadcast.send(header(survey.id), body).catch(() => {})
    return survey
  }

  close(): void {
    this.#broadcast.close()
    this.#inbox.close()
    this.#current?.end()
    for (const survey of this.#surveys.all()) {
      survey.inbox.close()
      survey.end()
    }
  }

  /** Calls that wait for an answer go on with the new survey. */
  #replaceCurrent(): Uint8Array {
    this.#current?.end()
    this.#current = this.#start(this.#inbox, this.#context.options.deadline)
    return header(this.#current.id)
  }

  #start(inbox: Inbox, deadline: number): Survey {
    const id = this.#surveys.next()
    const survey = new Survey(id, inbox, deadline, () => this.#surveys.delete(survey))
    this.#surveys.add(survey)
    return survey
  }

  #outstanding(): Survey {
    const survey = this.#current
    if (survey !== undefined && survey.state !== 'over') return survey
    throw new SpError('EFSM', { message: `${this.#context.name} has no survey under way; send one first` })
  }
}

function header(id: number): Uint8Array {
  const bytes = new Uint8Array(4)
  writeWord(bytes, 0, id)
  return bytes
}

export const surveyorIdentity = { name: 'surveyor', self: 0x62, peer: 0x63, peerName: 'respondent' } as const

const definition: ProtocolDefinition<SurveyorProtocol> = {
  ...surveyorIdentity,
  options: surveyorOptions,
  create: (context) => new SurveyorProtocol(context)
}

/**
 * Asks every respondent and collects the answers.
 *
 * @example
 * await using surveyor = new Surveyor()
 * await surveyor.bind('tcp://*:5555')
 * for await (const { body, pipe } of surveyor.survey('who is there?', { deadline: 300 })) show(body, pipe.address)
 */
export class Surveyor<Out = BodyInput, In = Body> extends DuplexSocket<Out, In, SurveyorProtocol> {
  constructor(options?: SocketOptions & SurveyorOnlyOptions & CodecOption<Out, In>) {
    super(definition, cookedShape(options), options)
  }

  /**
   * Sends a survey at once and yields answers as they come. Ends without throwing at the deadline, after `count`
   * answers, or after `quiet` ms of silence; leaving the loop ends it too. Several may run at a time.
   * Throws `EINVAL`, `EBADF`, or the reason of a signal that is aborted already; an abort makes the iteration throw
   * `signal.reason`.
   */
  survey(body: Out, options: SurveyOptions = {}): AsyncIterableIterator<Pick<Message<In>, 'body' | 'pipe'>> {
    this.context.assertOpen()
    const { deadline = this.options.deadline } = check('options', object, options)
    check('deadline', duration, deadline)
    const responses = new SurveyResponses<Message<In>>(this.shape.openMessage as Open<Message<In>>, options)
    return responses.start(this.engine.survey(this.shape.body(body), deadline))
  }
}
