import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { offerVariable } from '../private/store-names';
import { setVariable } from '../private/wiring';
import type { IOperation } from './operation-api';
import type { IService } from './service-api';

/**
 * What an operation of this app and one of another app have in common.
 * @internal
 */
export abstract class OperationBase extends Construct implements IOperation {
  public abstract readonly service: IService;
  public abstract readonly operationName: string;
  public abstract readonly operationArn: string;

  public grantCall(grantee: iam.IGrantable): iam.Grant {
    // Not alias.grantInvoke, which adds `:*` to the ARN.
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.operationArn],
    });
  }

  public wire(caller: lambda.IFunction): void {
    const { serviceName } = this.service;
    const set = setVariable(this, caller, {
      name: offerVariable('operation', serviceName, this.operationName),
      claim: 'a caller of the operation',
      value: () => ({ service: serviceName, name: this.operationName, function: this.operationArn }),
    });
    if (set) {
      this.grantCall(caller);
    }
  }
}
