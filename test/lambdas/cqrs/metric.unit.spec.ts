import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../../lambdas/cqrs/log.js';
import { metric } from '../../../lambdas/cqrs/metric.js';

const now = () => new Date(1_767_225_600_000);

function emitted(environment: Record<string, string>): LogEntry {
  const lines: LogEntry[] = [];
  metric((line) => lines.push(line), 'Parked', 1, 'Count', { Projection: 'browse/Products' }, now, environment);
  return lines[0]!;
}

describe('a metric', () => {
  it('is a line of the log that CloudWatch takes for one', () => {
    expect(emitted({})).toEqual({
      level: 'info',
      message: 'metric',
      Projection: 'browse/Products',
      Parked: 1,
      _aws: {
        Timestamp: 1_767_225_600_000,
        CloudWatchMetrics: [
          {
            Namespace: 'cdk-database-patterns',
            Dimensions: [['Projection']],
            Metrics: [{ Name: 'Parked', Unit: 'Count' }],
          },
        ],
      },
    });
  });

  it('is told from that of another deployment by its function', () => {
    expect(emitted({ AWS_LAMBDA_FUNCTION_NAME: 'Shop-Listing-1' })).toMatchObject({
      Projection: 'browse/Products',
      Function: 'Shop-Listing-1',
      _aws: { CloudWatchMetrics: [{ Dimensions: [['Projection', 'Function']] }] },
    });
  });
});
