import { TYPE_HINTS, type Parameter, type TypeHint } from './engine.js';
import { DataApiError } from './errors.js';
import { finding, invalid, isGiven, isObject, type SqlParameter } from './request.js';

/** What the text of a hinted parameter looks like, where the documentation says. */
const FORMATS: Partial<Record<TypeHint, readonly [pattern: RegExp, words: string]>> = {
  DATE: [/^\d{4}-\d{2}-\d{2}$/, 'YYYY-MM-DD'],
  TIME: [/^\d{2}:\d{2}:\d{2}(\.\d{1,3})?$/, 'HH:MM:SS[.FFF]'],
  TIMESTAMP: [/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,3})?$/, 'YYYY-MM-DD HH:MM:SS[.FFF]'],
};

/**
 * The parameters of a statement by their names; of two with one name the last counts.
 *
 * @throws DataApiError `ValidationException` for what the service refuses before it asks the engine
 */
export function readParameters(parameters: readonly SqlParameter[]): Map<string, Parameter> {
  const read = new Map<string, Parameter>();
  parameters.forEach((parameter: unknown, index) => {
    const path = `parameters.${index + 1}.member`;
    if (!isObject(parameter)) throw invalid(finding(path, 'Member must be an object'));
    const { name } = parameter;
    if (typeof name !== 'string') throw invalid(finding(`${path}.name`, 'Member must not be null'));
    if (!/^[A-Za-z0-9_]+$/.test(name)) {
      throw new DataApiError('ValidationException', `Named parameter syntax is invalid, input: ${name}`);
    }
    read.set(name, readParameter(name, path, parameter));
  });
  return read;
}

function readParameter(name: string, path: string, { value, typeHint }: SqlParameter): Parameter {
  const hint = TYPE_HINTS.find((known) => known === typeHint);
  if (isGiven(typeHint) && !hint) {
    throw invalid(finding(`${path}.typeHint`, `Member must satisfy enum value set: [${TYPE_HINTS.join(', ')}]`));
  }
  const members = Object.entries(isObject(value) ? value : {}).filter(([, member]) => isGiven(member));
  const [only, ...others] = members;
  if (!only || others.length > 0) {
    throw new DataApiError('ValidationException', `Parameter ${name} must have exactly one value`);
  }
  const [member, given] = only;
  if (member === 'arrayValue') throw new DataApiError('ValidationException', 'Array parameters are not supported.');
  if (member === 'isNull' && given === true) return { type: hint, value: null };
  const parameter = typed(member, given);
  if (!parameter)
    throw new DataApiError('ValidationException', `Parameter ${name} has no value of the type that it says`);
  return hint ? hinted(name, hint, parameter) : parameter;
}

/** Whether it fits 64 bits. */
function isLong(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

function typed(member: string, given: unknown): Parameter | undefined {
  switch (member) {
    case 'stringValue':
      return typeof given === 'string' ? { type: 'string', value: given } : undefined;
    case 'longValue':
      return /^-?\d+$/.test(String(given)) && isLong(BigInt(String(given)))
        ? { type: 'long', value: String(given) }
        : undefined;
    case 'doubleValue':
      return typeof given === 'number' || /^(NaN|-?Infinity)$/.test(String(given))
        ? { type: 'double', value: String(given) }
        : undefined;
    case 'booleanValue':
      return typeof given === 'boolean' ? { type: 'boolean', value: String(given) } : undefined;
    case 'blobValue':
      return typeof given === 'string' ? blob(given) : undefined;
    default:
      return undefined;
  }
}

function blob(base64: string): Parameter | undefined {
  const value = Buffer.from(base64, 'base64');
  // the decoder passes over what is no base64
  return value.toString('base64') === base64 ? { type: 'blob', value } : undefined;
}

function hinted(name: string, hint: TypeHint, { type, value }: Parameter): Parameter {
  if (type !== 'string' || typeof value !== 'string') {
    throw new DataApiError('ValidationException', `Parameter ${name} has a type hint, so its value must be a string`);
  }
  const format = FORMATS[hint];
  if (format && !format[0].test(value)) {
    const message = `Parameter ${name} has the type hint ${hint}, which takes ${format[1]}`;
    throw new DataApiError('ValidationException', message);
  }
  return { type: hint, value };
}
