import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';

/**
 * What services offer on a bus that has a name, for other apps: parameters of Systems Manager that hold ARNs. Not exports
 * of CloudFormation, which nobody may change while another stack imports them.
 */
const ROOT = '/cdk-database-patterns';

/** Writes down where something is found. */
export function putUp(scope: Construct, bus: string, what: string, arn: string): void {
  new ssm.StringParameter(scope, `Offered${what.replace(/[^A-Za-z0-9]/g, '-')}`, {
    parameterName: nameOf(bus, what),
    stringValue: arn,
  });
}

/** Where something is found, as it is known at deploy. */
export function lookUp(scope: Construct, bus: string, what: string): string {
  return ssm.StringParameter.valueForStringParameter(scope, nameOf(bus, what));
}

function nameOf(bus: string, what: string): string {
  return `${ROOT}/${bus}/${what}`;
}
