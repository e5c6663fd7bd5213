/** The name of the Map over segments, and of its executions. */
const SEGMENTS = 'Segments';

/**
 * What goes away by itself: another function had to come first, Lambda was busy, or a worker died. All else is a fault
 * that another attempt meets again.
 */
const PASSING = [
  'RebuildUnavailableError',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
  'States.Timeout',
];
const RETRY = [{ ErrorEquals: PASSING, IntervalSeconds: 2, BackoffRate: 2, MaxAttempts: 8, MaxDelaySeconds: 60 }];
/** No function lives longer, in seconds. */
const LONGEST_FUNCTION = 900;
/** How many segments are worked on at once. */
const AT_ONCE = 8;
/** An execution ends at 25,000 events, and a portion of a segment is up to 11 of them. */
const PORTIONS = 1000;

const BY_SEGMENT = ['fill', 'verify', 'totals'];
const AT_LARGE = ['freeze', 'ready', 'swap', 'finish', 'drop'];
const OVER = ['done', 'stopped', 'superseded'];
/** Where an error of the function, or of the state machine itself, leads to. */
const CATCH = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.fault', Next: 'Give up' }];

/** There is no such thing to start: nothing has failed, and nobody need be called. */
const REFUSED = { ErrorEquals: ['RebuildError'], ResultPath: '$.fault', Next: 'Refused' };

interface RebuildDefinition {
  /** The projection's function. */
  readonly functionArn: string;
  /** For how many seconds the generation of before is kept, unless the input says otherwise. */
  readonly keep: number;
}

/**
 * The state machine of a rebuild, in Amazon States Language. Each answer of the function is what to do next: `step`,
 * seconds to `wait`, and the `segments` that are left of the step. What they mean stands in lambdas/cqrs/rebuild.ts.
 */
export function rebuildDefinition({ functionArn, keep }: RebuildDefinition): object {
  const job = { 'job.$': '$$.Execution.Id' };
  const call = (input: object, then: object): object => ({
    Type: 'Task',
    Resource: functionArn,
    Parameters: { dbpatterns: 'rebuild', ...input },
    TimeoutSeconds: LONGEST_FUNCTION,
    Retry: RETRY,
    ...then,
  });
  return {
    Comment: 'Builds a new generation of a view from history and has readers move to it',
    StartAt: 'Start',
    States: {
      Start: call({ step: 'start', ...job, 'input.$': '$', keep }, { Catch: [REFUSED, ...CATCH], Next: 'Wait' }),
      // Whoever has asked is told why; the rebuild that is on its way, if there is one, goes on.
      Refused: { Type: 'Pass', Parameters: { 'refused.$': '$.fault.Cause' }, Next: 'Over' },
      Wait: { Type: 'Wait', SecondsPath: '$.wait', Next: 'Step' },
      Step: {
        Type: 'Choice',
        Choices: [
          { ...stepIn(BY_SEGMENT), Next: SEGMENTS },
          { ...stepIn(AT_LARGE), Next: 'Do' },
          // The one before it was done, and the function ended before it began.
          { ...stepIn(['begin']), Next: 'Go on' },
          { ...stepIn(OVER), Next: 'Over' },
          { ...stepIn(['failed']), Next: 'Failed' },
        ],
        Default: 'Unknown',
      },
      [SEGMENTS]: {
        Type: 'Map',
        Label: SEGMENTS,
        ItemsPath: '$.segments',
        ItemSelector: { ...job, 'step.$': '$.step', 'segment.$': '$$.Map.Item.Value', portions: 0 },
        MaxConcurrency: AT_ONCE,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Portion',
          States: segmentStates(call),
        },
        ResultSelector: { 'faults.$': '$[*].fault' },
        Catch: CATCH,
        Next: 'Segments worked',
      },
      'Segments worked': {
        Type: 'Choice',
        Choices: [{ Variable: '$.faults[0]', IsPresent: true, Next: 'Segment failed' }],
        Default: 'Go on',
      },
      'Segment failed': { Type: 'Pass', Parameters: { 'fault.$': '$.faults[0]' }, Next: 'Give up' },
      'Go on': call({ step: 'next', ...job }, { Catch: CATCH, Next: 'Wait' }),
      Do: call({ 'step.$': '$.step', ...job }, { Catch: CATCH, Next: 'Wait' }),
      // So that the status says that nobody works on it any more, and streams that waited for readers to move go on.
      'Give up': call(
        { step: 'fail', ...job, 'error.$': '$.fault.Error' },
        {
          ResultPath: '$.failed',
          Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failed', Next: 'Given up' }],
          Next: 'Given up',
        },
      ),
      'Given up': { Type: 'Fail', ErrorPath: '$.fault.Error', CausePath: '$.fault.Cause' },
      Over: { Type: 'Succeed' },
      Failed: {
        Type: 'Fail',
        Error: 'rebuild-failed',
        Cause:
          'The view could not be rebuilt; readers still see the one of before. The status of the rebuild says why.',
      },
      Unknown: {
        Type: 'Fail',
        Error: 'rebuild-unknown-step',
        Cause: 'The function answered with a step that this state machine does not know: deploy both from one version.',
      },
    },
  };
}

/** One segment: a portion after the other, until it is done or another execution has to go on. */
function segmentStates(call: (input: object, then: object) => object): object {
  const same = { 'job.$': '$.job', 'step.$': '$.step', 'segment.$': '$.segment' };
  return {
    Portion: call(same, {
      ResultPath: '$.part',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.fault', Next: 'Segment over' }],
      Next: 'Count',
    }),
    Count: {
      Type: 'Pass',
      Parameters: { ...same, 'part.$': '$.part', 'portions.$': 'States.MathAdd($.portions, 1)' },
      Next: 'Portion done',
    },
    'Portion done': {
      Type: 'Choice',
      Choices: [
        { Variable: '$.part.done', BooleanEquals: true, Next: 'Segment over' },
        { Variable: '$.portions', NumericGreaterThanEquals: PORTIONS, Next: 'Segment over' },
        { Variable: '$.part.wait', NumericEquals: 0, Next: 'Portion' },
      ],
      Default: 'Wait for rate',
    },
    'Wait for rate': { Type: 'Wait', SecondsPath: '$.part.wait', Next: 'Portion' },
    'Segment over': { Type: 'Succeed' },
  };
}

function stepIn(steps: readonly string[]): object {
  return { Or: steps.map((step) => ({ Variable: '$.step', StringEquals: step })) };
}
