import { TYPE_HINTS, type Parameter, type TypeHint } from './engine.js';
import { DataApiError } from './errors.js';
import { finding, isGiven, isObject, type SqlParameter } from './request.js';

/** What the text of a hinted parameter looks like, where the documentation says. */
const FORMATS: Partial<Record<TypeHint, readonly [pattern: RegExp, words: string]>> = {
  DATE: [/^\d{4}-\d{2}-\d{2}$/, 'YYYY-MM-DD'],
  TIME: [/^\d{2}:\d{2}:\d{2}(\.\d{1,6})?$/, 'HH:MM:SS[.FFF]'],
  TIMESTAMP: [/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?$/, 'YYYY-MM-DD HH:MM:SS[.FFF]'],
};

/**
 * The parameters of a statement by their names; of two with one name the last counts.
 *
 * @throws DataApiError `ValidationException` for what the service refuses before it asks the engine
 */
export function readParameters(parameters: readonly SqlParameter[]): Map<string, Parameter> {
  const read = new Map<string, Parameter>();
  parameters.forEach((parameter, index) => {
    const { name } = parameter;
    if (typeof name !== 'string')
      throw invalid(finding(`parameters.${index + 1}.member.name`, 'Member must not be null'));
    if (!/^[A-Za-z0-9_]+$/.test(name)) {
      throw new DataApiError('ValidationException', `Named parameter syntax is invalid, input: ${name}`);
    }
    read.set(name, readParameter(name, index, parameter));
  });
  return read;
}

function readParameter(name: string, index: number, { value, typeHint }: SqlParameter): Parameter {
  const hint = TYPE_HINTS.find((known) => known === typeHint);
  if (isGiven(typeHint) && !hint) {
    const path = `parameters.${index + 1}.member.typeHint`;
    throw invalid(finding(path, `Member must satisfy enum value set: [${TYPE_HINTS.join(', ')}]`));
  }
  const members = Object.entries(isObject(value) ? value : {}).filter(([, member]) => isGiven(member));
  const [only, ...others] = members;
  if (!only || others.length > 0) {
    throw new DataApiError('ValidationException', `Parameter ${name} must have exactly one value`);
  }
  const [member, given] = only;
  if (member === 'arrayValue') throw new DataApiError('ValidationException', 'Array parameters are not supported');
  if (member === 'isNull' && given === true) return { type: hint, value: null };
  const parameter = typed(member, given);
  if (!parameter)
    throw new DataApiError('ValidationException', `Parameter ${name} has no value of the type that it says`);
  return hint ? hinted(name, hint, parameter) : parameter;
}

function typed(member: string, given: unknown): Parameter | undefined {
  switch (member) {
    case 'stringValue':
      return typeof given === 'string' ? { type: 'string', value: given } : undefined;
    case 'longValue':
      return /^-?\d+$/.test(String(given)) ? { type: 'long', value: String(given) } : undefined;
    case 'doubleValue':
      return typeof given === 'number' || /^(NaN|-?Infinity)$/.test(String(given))
        ? { type: 'double', value: String(given) }
        : undefined;
    case 'booleanValue':
      return typeof given === 'boolean' ? { type: 'boolean', value: String(given) } : undefined;
    case 'blobValue':
      return typeof given === 'string' ? { type: 'blob', value: Buffer.from(given, 'base64') } : undefined;
    default:
      return undefined;
  }
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

function invalid(what: string): DataApiError {
  return new DataApiError('ValidationException', `1 validation error detected: ${what}`);
}
