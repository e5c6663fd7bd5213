import { serviceError, Unmodelled } from '../core/errors.js';
import type { World } from '../core/world.js';

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
}

/** A message as it lies in a queue. */
export interface QueuedMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sent: number;
  visibleAt: number;
  receives: number;
  receipt: string;
}

/** How a queue is made; times in seconds. */
export interface QueueOptions {
  readonly visibility?: number;
  readonly redrive?: { readonly queue: Queue; readonly maxReceives: number };
}

/** A standard queue: at least once, in no order, a received message hidden for a while. */
export class Queue {
  readonly messages: QueuedMessage[] = [];
  /** Called when a message is going to be visible at a time. */
  onVisible: (time: number) => void = () => undefined;

  constructor(
    private readonly world: World,
    readonly url: string,
    private readonly options: QueueOptions = {},
  ) {}

  send(body: string, delay = 0, attributes: QueuedMessage['attributes'] = {}): string {
    const id = this.world.id('message');
    const now = this.world.timeline.now;
    this.messages.push({ id, body, attributes, sent: now, visibleAt: now + delay * 1000, receives: 0, receipt: '' });
    this.onVisible(now + delay * 1000);
    return id;
  }

  /** Hands out visible messages and hides them. What was received too often goes to the dead letters instead. */
  receive(max: number, visibility = this.options.visibility ?? 30): QueuedMessage[] {
    const { now } = this.world.timeline;
    const dice = this.world.random.split(`${this.url} ${now}`);
    const visible = dice.shuffled(this.messages.filter(({ visibleAt }) => visibleAt <= now));
    const received: QueuedMessage[] = [];
    for (const message of visible) {
      if (received.length === max) break;
      const { redrive } = this.options;
      if (redrive !== undefined && message.receives >= redrive.maxReceives) {
        this.remove(message);
        redrive.queue.send(message.body, 0, message.attributes);
        continue;
      }
      message.receives += 1;
      message.receipt = `${message.id}:${message.receives}`;
      message.visibleAt = now + visibility * 1000;
      this.onVisible(message.visibleAt);
      received.push({ ...message });
    }
    return received;
  }

  /** Deletes what was received last under this receipt; an older receipt does nothing. */
  delete(receipt: string): void {
    const found = this.messages.find((message) => message.receipt === receipt);
    if (found !== undefined) this.remove(found);
  }

  /** Hides a received message for so many seconds from now. */
  changeVisibility(receipt: string, seconds: number): void {
    const { now } = this.world.timeline;
    const found = this.messages.find((message) => message.receipt === receipt);
    if (found === undefined) throw serviceError('InvalidParameterValue', 'The message does not exist');
    if (found.visibleAt <= now) throw serviceError('MessageNotInflight', 'The message is not in flight');
    found.visibleAt = now + seconds * 1000;
    this.onVisible(found.visibleAt);
  }

  private remove(message: QueuedMessage): void {
    this.messages.splice(this.messages.indexOf(message), 1);
  }
}

/** All queues, by their URLs. */
export class Sqs {
  private readonly queues = new Map<string, Queue>();

  constructor(private readonly world: World) {}

  create(name: string, options: QueueOptions = {}): Queue {
    const url = `https://sqs/${name}`;
    const queue = new Queue(this.world, url, options);
    this.queues.set(url, queue);
    return queue;
  }

  queue(url: string): Queue {
    const found = this.queues.get(url);
    if (found === undefined) throw serviceError('QueueDoesNotExist', 'The specified queue does not exist.');
    return found;
  }

  /** Carries out a command of the SDK. */
  carryOut(name: string, input: Record<string, unknown>): Record<string, unknown> {
    const { QueueUrl, MessageBody, DelaySeconds, MessageAttributes, ReceiptHandle, VisibilityTimeout } = input as {
      QueueUrl: string;
      MessageBody: string;
      DelaySeconds?: number;
      MessageAttributes?: Record<string, MessageAttribute>;
      ReceiptHandle: string;
      VisibilityTimeout?: number;
      MaxNumberOfMessages?: number;
    };
    const queue = this.queue(QueueUrl);
    switch (name) {
      case 'SendMessageCommand':
        return { MessageId: queue.send(MessageBody, DelaySeconds, MessageAttributes) };
      case 'ReceiveMessageCommand':
        return {
          Messages: queue.receive(Number(input['MaxNumberOfMessages'] ?? 1), VisibilityTimeout).map((message) => ({
            MessageId: message.id,
            Body: message.body,
            ReceiptHandle: message.receipt,
            Attributes: { ApproximateReceiveCount: String(message.receives) },
            MessageAttributes: message.attributes,
          })),
        };
      case 'DeleteMessageCommand':
        queue.delete(ReceiptHandle);
        return {};
      case 'ChangeMessageVisibilityCommand':
        queue.changeVisibility(ReceiptHandle, VisibilityTimeout ?? 0);
        return {};
      default:
        throw new Unmodelled(`the model of SQS does not know ${name}`);
    }
  }
}
