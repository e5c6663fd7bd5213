import { PutEventsCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

/**
 * A queue whose messages are hidden for 2 seconds and go to the dead letters after 2 receives, and a bus with a rule that
 * sends events of source `shop` and detail-type `product` to it.
 */
export interface QueueUnderTest {
  readonly sqs: SQSClient;
  readonly eventBridge: EventBridgeClient;
  readonly bus: string;
  readonly queue: string;
  readonly deadLetters: string;
  wait(seconds: number): Promise<void>;
}

/** What the kit relies on in SQS and EventBridge. Both the models and the emulator keep it. */
export function queueContract(start: () => Promise<QueueUnderTest>): void {
  describe('SQS and EventBridge', () => {
    let parts: QueueUnderTest;
    beforeAll(async () => (parts = await start()));

    const receive = async (QueueUrl = parts.queue): Promise<Message[]> => {
      const { Messages = [] } = await parts.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
      );
      return Messages;
    };
    const send = (MessageBody: string, more: object = {}) =>
      parts.sqs.send(new SendMessageCommand({ QueueUrl: parts.queue, MessageBody, ...more }));
    const remove = ({ ReceiptHandle }: Message) =>
      parts.sqs.send(new DeleteMessageCommand({ QueueUrl: parts.queue, ReceiptHandle }));

    beforeEach(async () => {
      for (const message of await receive()) await remove(message);
    });

    it('hides what was received, gives it again later, and counts', async () => {
      await send('hello', { MessageAttributes: { copies: { DataType: 'Number', StringValue: '3' } } });
      const [first] = await receive();
      expect(first).toMatchObject({
        Body: 'hello',
        Attributes: { ApproximateReceiveCount: '1' },
        MessageAttributes: { copies: { DataType: 'Number', StringValue: '3' } },
      });
      expect(await receive()).toEqual([]);
      await parts.wait(2.5);
      const [second] = await receive();
      expect(second).toMatchObject({ MessageId: first!.MessageId, Attributes: { ApproximateReceiveCount: '2' } });
      await remove(second!);
    });

    it('never gives again what was deleted', async () => {
      await send('once');
      const [message] = await receive();
      await remove(message!);
      await parts.wait(2.5);
      expect(await receive()).toEqual([]);
    });

    it('lets a message come back earlier', async () => {
      await send('soon');
      const [message] = await receive();
      await parts.sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: parts.queue,
          ReceiptHandle: message!.ReceiptHandle,
          VisibilityTimeout: 0,
        }),
      );
      const [again] = await receive();
      expect(again?.Body).toBe('soon');
      await remove(again!);
    });

    it('delays a message', async () => {
      await send('later', { DelaySeconds: 1 });
      expect(await receive()).toEqual([]);
      await parts.wait(1.5);
      const [message] = await receive();
      expect(message?.Body).toBe('later');
      await remove(message!);
    });

    it('gives up a message after its receives', async () => {
      await send('poison');
      for (let times = 0; times < 2; times += 1) {
        expect((await receive()).map(({ Body }) => Body)).toEqual(['poison']);
        await parts.wait(2.5);
      }
      expect(await receive()).toEqual([]);
      await parts.wait(0.5);
      expect((await receive(parts.deadLetters)).map(({ Body }) => Body)).toEqual(['poison']);
    });

    it('takes entries, and sends those on that a rule matches', async () => {
      const entry = (Source: string, DetailType: string, n: number) => ({
        EventBusName: parts.bus,
        ...{ Source, DetailType, Detail: JSON.stringify({ n }) },
      });
      const { FailedEntryCount, Entries = [] } = await parts.eventBridge.send(
        new PutEventsCommand({
          Entries: [entry('shop', 'product', 1), entry('other', 'product', 2), entry('shop', 'sale', 3)],
        }),
      );
      expect(FailedEntryCount).toBe(0);
      expect(Entries.every(({ EventId }) => EventId !== undefined)).toBe(true);
      await parts.wait(1);
      const [message, ...others] = await receive();
      expect(others).toEqual([]);
      expect(JSON.parse(message!.Body!)).toMatchObject({ source: 'shop', 'detail-type': 'product', detail: { n: 1 } });
      await remove(message!);
    });
  });
}
