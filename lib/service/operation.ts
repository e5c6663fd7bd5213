import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { tellOf } from '../private/boundary/offers';
import { addFinding, addFindings, nameFindings, OPERATION_NAME } from '../private/findings';
import { describe } from '../private/metadata';
import { offer, ownerOf } from '../private/ownership';
import { setVariable } from '../private/wiring';
import { OperationBase } from './operation-base';
import type { IService } from './service-api';

/** The alias by which operations are called. */
const ALIAS = 'live';

/**
 * What a service offers to others: a function that is called through an alias, by whom it was given to.
 *
 * Made by `service.operation(name, fn)`. In the function, `serve(contract, …)` of the Lambda library checks what comes and
 * what goes; in a caller, `caller(contract)` does. Callers keep the alias, whatever version of the function it points at.
 *
 * @example
 * declare const inventory: Service;
 * declare const reserveFn: lambda.Function;
 * declare const orderFn: lambda.Function;
 * const reserve = inventory.operation('Reserve', reserveFn);
 * reserve.wire(orderFn);
 */
export class Operation extends OperationBase {
  /** @internal */
  public static _offered(service: IService, name: string, handler: lambda.Function): Operation {
    return new Operation(service, name, handler);
  }

  public readonly service: IService;
  public readonly operationName: string;
  public readonly operationArn: string;
  /** The alias by which it is called. */
  public readonly alias: lambda.Alias;
  /** The function that serves it. */
  public readonly handler: lambda.Function;

  private constructor(service: IService, name: string, handler: lambda.Function) {
    super(service, `${name}Operation`);
    addFindings(this, nameFindings("the operation's name", name, OPERATION_NAME));
    this.service = service;
    this.operationName = name;
    this.handler = handler;
    this.checkOwner(handler);
    setVariable(this, handler, {
      name: 'DBPATTERNS_OPERATION',
      claim: 'the operation',
      value: () => ({ service: service.serviceName, name }),
    });
    this.alias = new lambda.Alias(this, 'Alias', { aliasName: ALIAS, version: handler.currentVersion });
    offer(this.alias);
    tellOf(service, `call its operation "${name}" (operation.wire)`);
    this.operationArn = this.alias.functionArn;
    describe(this.alias, { kind: 'operation', service: service.serviceName, operation: name });
  }

  /** Calls that arrived, refused ones included. */
  public metricCalls(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.alias.metricInvocations(props);
  }

  /** Calls at which the function itself failed; refusals are answers, not failures. */
  public metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.alias.metricErrors(props);
  }

  /** Time from a call to its answer, in milliseconds. */
  public metricLatency(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.alias.metricDuration(props);
  }

  private checkOwner(handler: lambda.Function): void {
    const owner = ownerOf(handler);
    if (owner !== undefined && owner !== this.service) {
      addFinding(
        this,
        `the function ${handler.node.path} belongs to the service ${owner.node.path}, and the operation ` +
          `"${this.operationName}" to ${this.service.node.path}; a service offers what it does itself: create the function ` +
          'below the service, or have the other service offer the operation',
      );
    }
  }
}
